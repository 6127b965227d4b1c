(** The statement is no empty one: there is one answer, its bits tell it, and every list of documents can be written. *)

From Coq Require Import Reals ZArith List Bool Lia.
From Proofformer Require Import Net Spec Softmax Check Sound.
Import ListNotations.
Open Scope nat_scope.

Theorem smallest_best_unique q X i j i' j' : smallest_best q X i j -> smallest_best q X i' j' -> i = i' /\ j = j'.
Proof.
  intros (H & H1) (H' & H1'). specialize (H1 i' j' H'). specialize (H1' i j H). unfold better in *. destruct q; lia.
Qed.

Theorem sequence_exists X : tokens_of X (rev (documents X)).
Proof. apply filter_all. intros t Ht. apply in_rev, in_documents in Ht as (i & _ & ->). reflexivity. Qed.

Lemma bit_above w n t : (Z.of_nat n < 2 ^ Z.of_nat w)%Z -> w <= t -> Nat.testbit n t = false.
Proof.
  intros H L. rewrite testbit_nat. destruct n as [|n]; [apply Z.bits_0|].
  apply Z.bits_above_log2; [lia|]. assert (Z.log2 (Z.of_nat (S n)) < Z.of_nat w)%Z by (apply Z.log2_lt_pow2; lia). lia.
Qed.
Lemma bits_unique w a b : (Z.of_nat a < 2 ^ Z.of_nat w)%Z -> (Z.of_nat b < 2 ^ Z.of_nat w)%Z ->
  bits w a = bits w b -> a = b.
Proof.
  intros Ha Hb H. apply Nat.bits_inj. intros t. destruct (Nat.lt_ge_cases t w) as [L|L].
  - apply (f_equal (fun l => nth t l 0%R)) in H. unfold bits in H.
    set (f := fun u => IZR (binary a u)) in H. set (g := fun u => IZR (binary b u)) in H.
    rewrite (nth_indep _ _ (f 0)), (nth_indep (map g _) _ (g 0)), !map_nth, seq_nth in H
      by (rewrite ?map_length, ?seq_length; lia).
    unfold f, g, binary, z_of in H. apply eq_IZR in H. simpl in H.
    destruct (Nat.testbit a t), (Nat.testbit b t); congruence.
  - now rewrite !(bit_above w).
Qed.
Lemma bits_length w n : length (bits w n) = w.
Proof. unfold bits. now rewrite map_length, seq_length. Qed.
Lemma app_same {A} (a b c d : list A) : length a = length c -> a ++ b = c ++ d -> a = c /\ b = d.
Proof.
  revert c. induction a as [|x a IH]; intros [|y c]; simpl; try discriminate; auto.
  intros [= E] [= <- H]. destruct (IH c E H). subst. auto.
Qed.
Lemma few_places q x y : value_of q x y <= length x.
Proof.
  unfold value_of. revert y. induction x as [|a x IH]; intros [|b y]; simpl; auto with arith.
  destruct (counts q a b); simpl; specialize (IH y); lia.
Qed.

(** Whoever reads i, j and v off the bits has the smallest best pair, and its value. *)
Theorem bits_tell q W l p m max_n X body i j v : answers q W l p m max_n ->
  tokens_of X body -> Forall (fun x => length x = l) X -> 2 <= length X -> (Z.of_nat (length body) <= max_n)%Z ->
  i < length X -> j < length X -> (Z.of_nat v < 2 ^ Z.of_nat m)%Z ->
  outputs W (map (encode l) (Start :: body ++ [Read])) = bits p i ++ bits p j ++ bits m v ++ [1%R] ->
  smallest_best q X i j /\ v = pair_value q X i j.
Proof.
  intros (Hp & Hm & H) Htok Hlen Htwo Hbody Hi Hj Hv Hout.
  destruct (H X body Htok Hlen Htwo Hbody) as (i0 & j0 & Hbest & E). rewrite E in Hout.
  assert (Hfew : (Z.of_nat (length X) <= max_n)%Z).
  { apply (f_equal (@length _)) in Htok. rewrite rev_length in Htok. unfold documents in Htok.
    rewrite map_length, seq_length in Htok. pose proof (filter_shorter (fun t => negb (is_pad t)) body). lia. }
  pose proof Hbest as ((Hij & Hj0) & _).
  assert (Hvalue : (pair_value q X i0 j0 <= l)%nat).
  { unfold pair_value. rewrite Forall_forall in Hlen. rewrite <- (Hlen (doc X i0)) by (apply nth_In; lia).
    apply few_places. }
  apply app_same in Hout as [Ei Hout]; [|now rewrite !bits_length].
  apply app_same in Hout as [Ej Hout]; [|now rewrite !bits_length].
  apply app_same in Hout as [Ev _]; [|now rewrite !bits_length].
  apply bits_unique in Ei, Ej, Ev; try lia. subst. auto.
Qed.
