; rescaling-shrinks-what-is-left (docs/theory.md, section 6; planner/bounds.py read_bounds)
; Where the largest score grows, by 1 at least, a rescaling makes the errors of subnormal weights smaller.
(set-logic QF_NRA)
(declare-const a Real)
(assert (and (>= a 0.0) (<= a (/ 1.0 16777216.0))))
(assert (not (> 1.0 (* (+ a 1.0) (+ (* (/ 8000.0 1359.0) a) (/ 500.0 1359.0))))))
(check-sat)
