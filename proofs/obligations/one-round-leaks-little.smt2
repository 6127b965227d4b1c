; one-round-leaks-little (docs/theory.md, section 6; planner/heads.py plan_head)
; If all visible scores of a row are distinct whole numbers, b = 4 keeps the leak within its budget for all n and l: 1
; / (e^b - 1) for visible keys and 1/64 for the others.
(set-logic QF_NRA)
(declare-const x Real)
(declare-const unseen Real)
(assert (and (>= x (/ 113768535933102021672960000.0 6211551624150183583467573361.0)) (<= x (/ 62500000000.0 3410969428161.0))))
(assert (and (>= unseen 0.0) (<= unseen (/ 1.0 64.0))))
(assert (not (>= (/ 1.0 16.0) (+ unseen (/ x (+ 1.0 (* (- 1.0) x)))))))
(check-sat)
