; bits-of-an-index (docs/theory.md, section 5; circuit/lower.py least_digit)
; The bit of weight P = 2^i outweighs all lower ones, which add up to P - 1 at most; with it they add up to 2 P - 1 at
; most.
(set-logic QF_LIA)
(declare-const P Int)
(declare-const lower Int)
(assert (>= P 1))
(assert (<= lower (+ P (- 1))))
(assert (>= lower 0))
(assert (not (and (>= P (+ lower 1)) (>= (+ (* 2 P) (- 1)) (+ P lower)))))
(check-sat)
