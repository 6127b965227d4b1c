; rungs-of-an-entry (docs/theory.md, section 7; theorems/grids.py city_agreement)
; Rung C + 1 is set, min(x, C + 1) - min(x, C) = 1, exactly when x >= C + 1. So the rungs that an x has and a smaller
; y has not are as many as x - y: the Hamming distance in unary is the cityblock distance.
(set-logic QF_LIA)
(declare-const C Int)
(declare-const reaches Int)
(declare-const stops Int)
(assert (>= C 0))
(assert (>= reaches (+ C 1)))
(assert (<= stops C))
(assert (not (and (= (+ (ite (>= (+ (* (- 1) C) reaches) 0) (+ (* (- 1) C) reaches) 0) (* (- 1) (ite (>= (+ (* (- 1) C) reaches (- 1)) 0) (+ (* (- 1) C) reaches (- 1)) 0))) 1) (= (+ (ite (>= (+ (* (- 1) C) stops) 0) (+ (* (- 1) C) stops) 0) (* (- 1) (ite (>= (+ (* (- 1) C) stops (- 1)) 0) (+ (* (- 1) C) stops (- 1)) 0))) 0) (= (+ stops (* (- 1) (ite (>= (+ (* (- 1) C) stops) 0) (+ (* (- 1) C) stops) 0))) stops))))
(check-sat)
