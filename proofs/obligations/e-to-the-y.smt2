; e-to-the-y (docs/theory.md, section 6; planner/bounds.py exp_upper)
; (1 - y/16)^-16 >= e^y for 0 <= y < 16: with v = e^(y/16) (1 - y/16), which is at most 1, v^16 is at most 1.
(set-logic QF_NRA)
(declare-const v Real)
(assert (and (>= v 0.0) (<= v 1.0)))
(assert (not (>= 1.0 (* v v v v v v v v v v v v v v v v))))
(check-sat)
