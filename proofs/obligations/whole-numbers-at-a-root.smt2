; whole-numbers-at-a-root (docs/theory.md, section 1; problems/numbers.py Root)
; With m^2 <= x < (m + 1)^2 a whole j >= 0 has j^2 <= x exactly when j <= m. Here x = m^2 + (2 m + 1) r / (1 + r) for
; r >= 0.
(set-logic QF_NRA)
(declare-const m Real)
(declare-const r Real)
(declare-const within Real)
(declare-const beyond Real)
(assert (>= m 0.0))
(assert (>= r 0.0))
(assert (and (>= within 0.0) (<= within m)))
(assert (>= beyond (+ m 1.0)))
(assert (not (and (>= (+ (* m m) (/ (* r (+ (* 2.0 m) 1.0)) (+ r 1.0))) (* within within)) (> (* beyond beyond) (+ (* m m) (/ (* r (+ (* 2.0 m) 1.0)) (+ r 1.0)))))))
(check-sat)
