; similarities-fall-with-a-norm (docs/theory.md, section 7; theorems/similarity.py _shared)
; The squares of all three fall as b grows, k and a staying: what has to be shared does not fall with b. Here n is a +
; b - k.
(set-logic QF_NRA)
(declare-const k Real)
(declare-const a Real)
(declare-const b Real)
(declare-const n Real)
(assert (>= k 0.0))
(assert (>= a 1.0))
(assert (>= b 1.0))
(assert (>= n 1.0))
(assert (not (and (>= (/ (* k k) (* a b)) (/ (* k k) (* a (+ b 1.0)))) (>= (/ (* k k) (* n n)) (/ (* k k) (* (+ n 1.0) (+ n 1.0)))) (>= (/ (* 4.0 (* k k)) (* (+ a b) (+ a b))) (/ (* 4.0 (* k k)) (* (+ a b 1.0) (+ a b 1.0)))))))
(check-sat)
