; squared-distance-of-entries (docs/theory.md, section 7; circuit/scores.py euclid; theorems/grids.py nearness)
; 2 x y - y^2 = x^2 - (x - y)^2 for each entry: the score is |x|^2 less the squared distance.
(set-logic QF_NRA)
(declare-const x Real)
(declare-const y Real)
(assert (not (= (+ (* 2.0 x y) (* (- 1.0) (* y y))) (+ (* x x) (* (- 1.0) (* (+ x (* (- 1.0) y)) (+ x (* (- 1.0) y))))))))
(check-sat)
