; a-chunk-is-exact (docs/theory.md, section 7; circuit/scores.py chunks)
; A constant is cut into pieces of 8 bits, which every dtype stores exactly.
(set-logic QF_LRA)
(assert (not (>= 256.0 256.0)))
(check-sat)
