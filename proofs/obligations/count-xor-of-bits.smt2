; count-xor-of-bits (docs/theory.md, section 3; circuit/gates.py CountXor.network)
; Each component adds (a - b)^2, which is 1 where the bits differ.
(set-logic QF_NIA)
(declare-const a Int)
(declare-const b Int)
(assert (or (= a 0) (= a 1)))
(assert (or (= b 0) (= b 1)))
(assert (not (= (+ (ite (>= (+ (* (- 1) a) b) 0) (+ (* (- 1) a) b) 0) (ite (>= (+ a (* (- 1) b)) 0) (+ a (* (- 1) b)) 0)) (* (+ a (* (- 1) b)) (+ a (* (- 1) b))))))
(check-sat)
