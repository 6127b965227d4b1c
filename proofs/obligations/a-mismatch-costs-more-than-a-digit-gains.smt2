; a-mismatch-costs-more-than-a-digit-gains (docs/theory.md, section 5; planner/heads.py level_weights;
; circuit/lower.py lower_select)
; A level over a digit below R weighs w >= (R - 1) + 1: a key that loses there, by 1 at least, is worse by 1 at least,
; as its digit gains at most R - 1.
(set-logic QF_NIA)
(declare-const R Int)
(declare-const w Int)
(declare-const loss Int)
(declare-const gain Int)
(assert (>= R 2))
(assert (>= w R))
(assert (>= loss 1))
(assert (<= gain (+ R (- 1))))
(assert (>= gain 0))
(assert (not (>= (* loss w) (+ gain 1))))
(check-sat)
