; restore-and-of-a-zero (docs/theory.md, section 3; circuit/gates.py Restore.network)
; restore(y, v) is exactly 0 for y <= 1/2, whatever the bit v.
(set-logic QF_LRA)
(declare-const v Real)
(declare-const y Real)
(assert (or (= v 0.0) (= v 1.0)))
(assert (<= y (/ 1.0 2.0)))
(assert (not (= (+ (* (- 1.0) (ite (>= (+ (* 4.0 y) (- 3.0)) 0.0) (+ (* 4.0 y) (- 3.0)) 0.0)) (ite (>= (+ (* 4.0 y) (- 2.0)) 0.0) (+ (* 4.0 y) (- 2.0)) 0.0) (ite (>= (+ (* (- 1.0) 4.0 v) (* 4.0 y) (- 3.0)) 0.0) (+ (* (- 1.0) 4.0 v) (* 4.0 y) (- 3.0)) 0.0) (* (- 1.0) (ite (>= (+ (* (- 1.0) 4.0 v) (* 4.0 y) (- 2.0)) 0.0) (+ (* (- 1.0) 4.0 v) (* 4.0 y) (- 2.0)) 0.0))) 0.0)))
(check-sat)
