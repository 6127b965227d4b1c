; rescaling-of-all-keys (docs/theory.md, section 6; planner/bounds.py read_bounds, exp_upper)
; (1 - z)^-16 for z = 17 K a / 16 is at most what the next three claims take for it, F, while K a <= 1/32.
(set-logic QF_NRA)
(declare-const z Real)
(assert (and (>= z 0.0) (<= z (/ 17.0 512.0))))
(assert (not (>= (* (/ 55.0 32.0) (* (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)) (+ 1.0 (* (- 1.0) z)))) 1.0)))
(check-sat)
