; count-and-of-bits (docs/theory.md, section 3; circuit/gates.py CountAnd.network)
; Each component adds a b.
(set-logic QF_NIA)
(declare-const a Int)
(declare-const b Int)
(assert (or (= a 0) (= a 1)))
(assert (or (= b 0) (= b 1)))
(assert (not (= (ite (>= (+ a b (- 1)) 0) (+ a b (- 1)) 0) (* a b))))
(check-sat)
