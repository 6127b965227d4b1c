; inverse-of-e (docs/theory.md, section 6; planner/bounds.py INV_E)
; 500/1359 is an upper bound of 1/e.
(set-logic QF_LRA)
(declare-const e Real)
(assert (and (>= e (/ 98641.0 36288.0)) (<= e (/ 8877691.0 3265920.0))))
(assert (not (>= (* (/ 500.0 1359.0) e) 1.0)))
(check-sat)
