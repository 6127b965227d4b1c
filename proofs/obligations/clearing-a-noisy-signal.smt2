; clearing-a-noisy-signal (docs/theory.md, section 6; planner/layout.py lay_out)
; y - relu(y) is 0 for a fetched y >= 0.
(set-logic QF_LRA)
(declare-const y Real)
(assert (>= y 0.0))
(assert (not (= (+ y (* (- 1.0) (ite (>= y 0.0) y 0.0))) 0.0)))
(check-sat)
