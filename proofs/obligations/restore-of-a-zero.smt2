; restore-of-a-zero (docs/theory.md, section 3; circuit/gates.py Restore.network)
; restore(y) is exactly 0 for y <= 1/2.
(set-logic QF_LRA)
(declare-const y Real)
(assert (<= y (/ 1.0 2.0)))
(assert (not (= (+ (* (- 1.0) (ite (>= (+ (* 4.0 y) (- 3.0)) 0.0) (+ (* 4.0 y) (- 3.0)) 0.0)) (ite (>= (+ (* 4.0 y) (- 2.0)) 0.0) (+ (* 4.0 y) (- 2.0)) 0.0)) 0.0)))
(check-sat)
