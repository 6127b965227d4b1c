; rescaling-of-a-weight (docs/theory.md, section 6; planner/bounds.py read_bounds)
; One rescaling, by a factor within 16 a and a product rounded once, is within e^(17 a): by the first terms of its
; series, and e^y <= 1 / (1 - y).
(set-logic QF_NRA)
(declare-const a Real)
(declare-const e Real)
(assert (and (>= a 0.0) (<= a (/ 1.0 16777216.0))))
(assert (>= e (+ (* (/ 289.0 2.0) (* a a)) (* 17.0 a) 1.0)))
(assert (>= 1.0 (* e (+ 1.0 (* (- 1.0) 17.0 a)))))
(assert (not (>= e (* (+ a 1.0) (+ (* 16.0 a) 1.0)))))
(check-sat)
