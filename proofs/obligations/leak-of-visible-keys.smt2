; leak-of-visible-keys (docs/theory.md, section 6; planner/bounds.py leak_bound)
; At most s keys at each whole distance g >= 1 below the best, of weight x^g each, weigh at most s x / (1 - x) in all.
; The sum up to distance N is x (m + the same sum up to N - 1, of the keys from distance 2 on): if that is within the
; bound, so is this, and the empty sum is.
(set-logic QF_NRA)
(declare-const x Real)
(declare-const s Real)
(declare-const m Real)
(declare-const rest Real)
(assert (and (>= x 0.0) (<= x (/ 500.0 1359.0))))
(assert (>= s 1.0))
(assert (and (>= m 0.0) (<= m s)))
(assert (<= rest (/ (* s x) (+ 1.0 (* (- 1.0) x)))))
(assert (>= rest 0.0))
(assert (not (>= (/ (* s x) (+ 1.0 (* (- 1.0) x))) (* x (+ m rest)))))
(check-sat)
