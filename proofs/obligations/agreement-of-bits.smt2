; agreement-of-bits (docs/theory.md, section 7; circuit/scores.py agreement)
; Each component of two documents adds 1 - 2 (a - b)^2: so l components l - 2 h. With a threshold START, which has no
; bits, scores what l - 2 t says, here for l = 1 and t = 0, and documents what they do without.
(set-logic QF_NIA)
(declare-const a Int)
(declare-const b Int)
(assert (or (= a 0) (= a 1)))
(assert (or (= b 0) (= b 1)))
(assert (not (and (= (* (+ (* 2 a) (- 1)) (+ (* 2 b) (- 1))) (+ 1 (* (- 1) 2 (* (+ a (* (- 1) b)) (+ a (* (- 1) b)))))) (= (* (+ (* 2 a) (- 1)) (+ (* 2 b) (- 1))) (+ 1 (* (- 1) 2 (* (+ a (* (- 1) b)) (+ a (* (- 1) b)))))) (= 1 1))))
(check-sat)
