; a-prefix-counts-mismatches (docs/theory.md, section 5; circuit/lower.py prefix_of)
; (2p - 1) q is largest for the bit q = p, and smaller by 1 for the other: a prefix of bits p loses 1 for each
; mismatch.
(set-logic QF_NIA)
(declare-const p Int)
(declare-const q Int)
(assert (or (= p 0) (= p 1)))
(assert (or (= q 0) (= q 1)))
(assert (not (= (+ (* p (+ (* 2 p) (- 1))) (* (- 1) q (+ (* 2 p) (- 1)))) (* (+ p (* (- 1) q)) (+ p (* (- 1) q))))))
(check-sat)
