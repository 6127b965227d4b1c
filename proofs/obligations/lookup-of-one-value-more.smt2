; lookup-of-one-value-more (docs/theory.md, section 3; circuit/form_gates.py Lookup.network)
; Let a lookup go on from x = i - 1, where it is T0, with slope T1 - T0. One more unit, whose weight is the change of
; slope at i, leaves all before i as it is, and from i on the lookup goes on from T1 with slope T2 - T1.
(set-logic QF_NRA)
(declare-const T0 Real)
(declare-const T1 Real)
(declare-const T2 Real)
(declare-const i Real)
(declare-const x Real)
(declare-const earlier Real)
(assert (>= x i))
(assert (<= earlier i))
(assert (not (and (= (+ T0 (* (+ (* (- 1.0) T0) T1) (+ (* (- 1.0) i) x 1.0)) (* (+ T0 (* (- 1.0) 2.0 T1) T2) (ite (>= (+ (* (- 1.0) i) x) 0.0) (+ (* (- 1.0) i) x) 0.0))) (+ T1 (* (+ (* (- 1.0) T1) T2) (+ (* (- 1.0) i) x)))) (= (* (+ T0 (* (- 1.0) 2.0 T1) T2) (ite (>= (+ earlier (* (- 1.0) i)) 0.0) (+ earlier (* (- 1.0) i)) 0.0)) 0.0))))
(check-sat)
