; a-prefix-shares-a-level (docs/theory.md, section 5; planner/heads.py level_weights)
; Let some key have the largest f = F and the largest m = M, of a score and a prefix in either order. Then a key that
; loses in one of them loses 1 at least in the sum.
(set-logic QF_LIA)
(declare-const F Int)
(declare-const M Int)
(declare-const f Int)
(declare-const m Int)
(assert (<= f (+ F (- 1))))
(assert (<= m M))
(assert (not (>= (+ F M) (+ f m 1))))
(check-sat)
