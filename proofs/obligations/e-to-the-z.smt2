; e-to-the-z (docs/theory.md, section 6; planner/bounds.py exp_upper)
; e^z <= 1 / (1 - z) for 0 <= z < 1. Its series is 1 + z/1 (1 + z/2 (1 + ..)): if the part after z/(j + 1) is at most
; 1 / (1 - z), which is v <= 1 for v = (1 - z) times it, so is 1 + z/(j + 1) times it; and so for every sum of
; finitely many terms.
(set-logic QF_NRA)
(declare-const z Real)
(declare-const j Real)
(declare-const v Real)
(assert (and (>= z 0.0) (<= z 1.0)))
(assert (>= j 0.0))
(assert (and (>= v 0.0) (<= v 1.0)))
(assert (not (>= 1.0 (+ (/ (* v z) (+ j 1.0)) (* (- 1.0) z) 1.0))))
(check-sat)
