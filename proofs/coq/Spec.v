(** The statement: four questions about pairs of documents, how an instance is written as tokens, and what it means
    that a network answers. *)

From Coq Require Import Reals ZArith List Bool.
From Proofformer Require Import Net.
Import ListNotations.

(** * The questions *)

Definition document := list bool.
Inductive question := ClosestPair | FarthestPair | MinIP | MaxIP.

(** The value of two documents is the number of places where they differ, or where both have a one: their Hamming
    distance, or their inner product. *)
Definition counts (q : question) (a b : bool) : bool :=
  match q with ClosestPair | FarthestPair => xorb a b | MinIP | MaxIP => andb a b end.
Definition value_of (q : question) (x y : document) : nat :=
  length (filter (fun e => counts q (fst e) (snd e)) (combine x y)).

Definition doc (X : list document) (i : nat) : document := nth i X [].
Definition pair_value (q : question) (X : list document) (i j : nat) : nat := value_of q (doc X i) (doc X j).
Definition better (q : question) (v w : nat) : Prop :=
  match q with ClosestPair | MinIP => v < w | FarthestPair | MaxIP => w < v end%nat.

(** i < j is a pair, and every pair is worse, or as good and not before it in lexicographic order. *)
Definition smallest_best (q : question) (X : list document) (i j : nat) : Prop :=
  (i < j < length X)%nat /\
  forall i' j', (i' < j' < length X)%nat ->
    better q (pair_value q X i j) (pair_value q X i' j') \/
    pair_value q X i j = pair_value q X i' j' /\ (i < i' \/ i = i' /\ j <= j')%nat.

(** * The tokens *)

Inductive token := Start | Pad | Read | Doc (i : nat) (x : document).

(** Bit t of n, that of value 2^t. *)
Definition z_of (b : bool) : Z := if b then 1 else 0.
Definition binary (n t : nat) : Z := z_of (Nat.testbit n t).

(** Input signal c of a token, for documents of l bits: one, is_start, is_document, the l bits, the bits of the index;
    those that do not apply are 0. *)
Definition signal (l : nat) (t : token) (c : nat) : Z :=
  match c, t with
  | 0%nat, _ => 1
  | 1%nat, Start => 1
  | 2%nat, Doc _ _ => 1
  | S (S (S d)), Doc i x => if (d <? l)%nat then z_of (nth d x false) else binary i (d - l)
  | _, _ => 0
  end%Z.
Definition encode (l : nat) (t : token) : vec := fun c => IZR (signal l t c).

(** Between START and READ stand the documents, the last one first, with padding anywhere. *)
Definition documents (X : list document) : list token := map (fun i => Doc i (doc X i)) (seq 0 (length X)).
Definition is_pad (t : token) : bool := match t with Pad => true | _ => false end.
Definition tokens_of (X : list document) (body : list token) : Prop :=
  filter (fun t => negb (is_pad t)) body = rev (documents X).

(** * The theorem of a model *)

(** The w lowest bits of n, as real numbers: 0 or 1, exactly. *)
Definition bits (w n : nat) : list R := map (fun t => IZR (binary n t)) (seq 0 w).

(** For all lists X of two documents or more, of l bits each, that make max_n tokens at most with their padding: the
    network puts out the indices, of p bits each, of the smallest best pair, its value, of m bits, and a 1 for "found".
    The first line says that every index and every value has so few bits. *)
Definition answers (q : question) (W : model) (l p m : nat) (max_n : Z) : Prop :=
  (max_n <= 2 ^ Z.of_nat p)%Z /\ (Z.of_nat l < 2 ^ Z.of_nat m)%Z /\
  forall X body, tokens_of X body -> Forall (fun x => length x = l) X ->
    (2 <= length X)%nat -> (Z.of_nat (length body) <= max_n)%Z ->
    exists i j, smallest_best q X i j /\
      outputs W (map (encode l) (Start :: body ++ [Read]))
      = bits p i ++ bits p j ++ bits m (pair_value q X i j) ++ [1%R].
