; sums-of-positive-numbers (docs/theory.md, section 6; planner/bounds.py read_bounds)
; j additions of numbers >= 0 are right within a factor 1 / (1 - j a) above and 1 - j a below, while j a <= 1/2. If so
; for j, with s = j a, then for j + 1; and these are at most 1 + c and at least 1 - c.
(set-logic QF_NRA)
(declare-const a Real)
(declare-const s Real)
(assert (and (>= a 0.0) (<= a (/ 1.0 4.0))))
(assert (and (>= s 0.0) (<= s (+ (/ 1.0 2.0) (* (- 1.0) a)))))
(assert (not (and (>= (/ 1.0 (+ (* (- 1.0) a) (* (- 1.0) s) 1.0)) (/ (+ a 1.0) (+ 1.0 (* (- 1.0) s)))) (>= (* (+ 1.0 (* (- 1.0) a)) (+ 1.0 (* (- 1.0) s))) (+ (* (- 1.0) a) (* (- 1.0) s) 1.0)) (>= (+ (/ s (+ 1.0 (* (- 1.0) s))) 1.0) (/ 1.0 (+ 1.0 (* (- 1.0) s)))) (>= (+ 1.0 (* (- 1.0) s)) (+ (/ (* (- 1.0) s) (+ 1.0 (* (- 1.0) s))) 1.0)))))
(check-sat)
