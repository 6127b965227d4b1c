; similarities-grow-with-what-is-shared (docs/theory.md, section 7; theorems/similarity.py _shared)
; Jaccard's k / (a + b - k) grows with k, as cosine and Dice plainly do: n is a + b.
(set-logic QF_NRA)
(declare-const k Real)
(declare-const n Real)
(assert (>= k 0.0))
(assert (>= n (+ k 2.0)))
(assert (not (> (/ (+ k 1.0) (+ (* (- 1.0) k) n (- 1.0))) (/ k (+ (* (- 1.0) k) n)))))
(check-sat)
