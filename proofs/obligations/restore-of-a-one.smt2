; restore-of-a-one (docs/theory.md, section 3; circuit/gates.py Restore.network)
; restore(y) is exactly 1 for y >= 3/4; the upper end, 5/4, is for the AND and for roundoff.
(set-logic QF_LRA)
(declare-const y Real)
(assert (>= y (/ 3.0 4.0)))
(assert (not (= (+ (* (- 1.0) (ite (>= (+ (* 4.0 y) (- 3.0)) 0.0) (+ (* 4.0 y) (- 3.0)) 0.0)) (ite (>= (+ (* 4.0 y) (- 2.0)) 0.0) (+ (* 4.0 y) (- 2.0)) 0.0)) 1.0)))
(check-sat)
