; restore-in-floating-point (docs/theory.md, section 3; circuit/gates.py Restore.network)
; For a y that is a 1, t = 4 y and all sums are multiples of the spacing r of floats in [3, 5]. Multiples of r are
; floats up to 4, and of 2 r, as 2 t - 5 is where it is beyond 4, up to 8. For v = 1 the units of the second bit are
; at -1 or less, so below 0 in whatever way they are rounded.
(set-logic QF_LRA)
(declare-const y Real)
(assert (and (>= y (/ 3.0 4.0)) (<= y (/ 5.0 4.0))))
(assert (not (and (>= (* 4.0 y) 3.0) (>= 5.0 (* 4.0 y)) (>= 3.0 (+ (* 4.0 y) (- 2.0))) (>= (+ (* 4.0 y) (- 3.0)) 0.0) (>= 5.0 (+ (* 8.0 y) (- 5.0))) (>= (- 1.0) (+ (* 4.0 y) (- 6.0))))))
(check-sat)
