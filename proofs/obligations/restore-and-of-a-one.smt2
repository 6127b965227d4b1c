; restore-and-of-a-one (docs/theory.md, section 3; circuit/gates.py Restore.network)
; restore(y, v) is exactly the bit v for 3/4 <= y <= 5/4.
(set-logic QF_LRA)
(declare-const v Real)
(declare-const y Real)
(assert (or (= v 0.0) (= v 1.0)))
(assert (and (>= y (/ 3.0 4.0)) (<= y (/ 5.0 4.0))))
(assert (not (= (+ (* (- 1.0) (ite (>= (+ (* 4.0 y) (- 3.0)) 0.0) (+ (* 4.0 y) (- 3.0)) 0.0)) (ite (>= (+ (* 4.0 y) (- 2.0)) 0.0) (+ (* 4.0 y) (- 2.0)) 0.0) (ite (>= (+ (* (- 1.0) 4.0 v) (* 4.0 y) (- 3.0)) 0.0) (+ (* (- 1.0) 4.0 v) (* 4.0 y) (- 3.0)) 0.0) (* (- 1.0) (ite (>= (+ (* (- 1.0) 4.0 v) (* 4.0 y) (- 2.0)) 0.0) (+ (* (- 1.0) 4.0 v) (* 4.0 y) (- 2.0)) 0.0))) v)))
(check-sat)
