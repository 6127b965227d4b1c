(** The network, as a function of its weights, over the real numbers: what src/proofformer/runtime/transformer.py
    computes, without rounding. A reader trusts this file and Spec.v, and nothing else of this folder. *)

From Coq Require Import Reals ZArith List Bool.
Import ListNotations.
Open Scope R_scope.

(** * Weights: whole numbers *)

(** The entries of a row that are not zero: column, weight. *)
Definition row := list (N * Z).
Definition matrix := list row.

Record head := { query : matrix; key : matrix; value : matrix; output : matrix }.

(** A block that is [at_read] runs on the last token alone. *)
Record block := { at_read : bool; heads : list head;
                  hidden : matrix; hidden_bias : list Z; out : matrix; out_bias : list Z }.

(** Whether a token sees itself, or the tokens before it alone. *)
Record model := { sees_itself : bool; embed : matrix; blocks : list block; unembed : matrix }.

(** * Linear algebra *)

Definition vec := nat -> R.
Definition zero : vec := fun _ => 0.
Definition sum {A} (f : A -> R) (l : list A) : R := fold_right (fun a t => f a + t) 0 l.
Definition dot (w : row) (x : vec) : R := sum (fun e => IZR (snd e) * x (N.to_nat (fst e))) w.
Definition apply (m : matrix) (x : vec) : vec := fun r => dot (nth r m []) x.
Definition bias (b : list Z) (r : nat) : R := IZR (nth r b 0%Z).
Definition relu (x : R) : R := Rmax 0 x.

(** * Attention: the mean of the values of the tokens seen, weighted by exp of their scores; zero where none is seen *)

Definition score (h : head) (x k : vec) : R :=
  sum (fun r => apply (query h) x r * apply (key h) k r) (seq 0 (length (query h))).

Definition attend (h : head) (seen : list vec) (x : vec) : vec := fun r =>
  match seen with
  | [] => 0
  | _ => sum (fun k => exp (score h x k) * apply (value h) k r) seen / sum (fun k => exp (score h x k)) seen
  end.

(** * Blocks: what the heads return is added to the stream, and then what the ReLUs make of it *)

Definition mix (b : block) (seen : list vec) (x : vec) : vec := fun d =>
  x d + sum (fun h => apply (output h) (attend h seen x) d) (heads b).

Definition think (b : block) (x : vec) : vec := fun d =>
  x d + (apply (out b) (fun j => relu (apply (hidden b) x j + bias (hidden_bias b) j)) d + bias (out_bias b) d).

Definition run_block (itself : bool) (xs : list vec) (b : block) : list vec :=
  map (fun r => let x := nth r xs zero in
                if at_read b && (S r <? length xs)%nat then x
                else think b (mix b (firstn (if itself then S r else r) xs) x))
      (seq 0 (length xs)).

(** What the last token puts out. *)
Definition outputs (W : model) (tokens : list vec) : list R :=
  let xs := fold_left (run_block (sees_itself W)) (blocks W) (map (apply (embed W)) tokens) in
  map (apply (unembed W) (last xs zero)) (seq 0 (length (unembed W))).
