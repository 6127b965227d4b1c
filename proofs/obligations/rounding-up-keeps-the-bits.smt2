; rounding-up-keeps-the-bits (docs/theory.md, section 4; planner/heads.py round_up)
; x < M p with M = 2^m, rounded up to a multiple of p, is at most M p, which has one significant bit: a multiple q p
; with q > M is beyond the next one.
(set-logic QF_NRA)
(declare-const p Real)
(declare-const M Real)
(declare-const x Real)
(declare-const q Real)
(assert (>= p 1.0))
(assert (>= M 1.0))
(assert (<= x (+ (* M p) (- 1.0))))
(assert (>= q (+ M 1.0)))
(assert (not (> (* p q) (+ p x))))
(check-sat)
