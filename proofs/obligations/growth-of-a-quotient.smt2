; growth-of-a-quotient (docs/theory.md, section 6; planner/bounds.py read_bounds)
; (1 - c) / (1 + c) = 1 - 2 K a.
(set-logic QF_NRA)
(declare-const s Real)
(assert (and (>= s 0.0) (<= s (/ 8388607.0 16777216.0))))
(assert (not (= (/ (+ (/ (* (- 1.0) s) (+ 1.0 (* (- 1.0) s))) 1.0) (+ (/ s (+ 1.0 (* (- 1.0) s))) 1.0)) (+ 1.0 (* (- 1.0) 2.0 s)))))
(check-sat)
