(** The statement is no empty one: there is one answer, its bits tell it, and every list of documents can be written.
*)

From Coq Require Import Reals ZArith List Bool Lia Lra.
From Proofformer Require Import Net Spec Softmax Check Sound.
Import ListNotations.
Open Scope nat_scope.

Theorem smallest_best_unique q I i j i' j' : smallest_best q I i j -> smallest_best q I i' j' -> i = i' /\ j = j'.
Proof.
  intros (H & H1) (H' & H1'). specialize (H1 i' j' H'). specialize (H1' i j H). unfold better in *. destruct q; lia.
Qed.

Theorem smallest_best_exists q I i j : is_pair I i j -> exists i j, smallest_best q I i j.
Proof. intros H. apply smallest_exists. eauto. Qed.

Theorem sequence_exists I : tokens_of I (rev (documents I)).
Proof. apply filter_all. intros t Ht. apply in_rev, in_documents in Ht as (b & i & _ & ->). reflexivity. Qed.

Lemma bit_above w n t : (Z.of_nat n < 2 ^ Z.of_nat w)%Z -> w <= t -> Nat.testbit n t = false.
Proof.
  intros H L. rewrite testbit_nat. destruct n as [|n]; [apply Z.bits_0|].
  apply Z.bits_above_log2; [lia|]. assert (Z.log2 (Z.of_nat (S n)) < Z.of_nat w)%Z by (apply Z.log2_lt_pow2; lia).
  lia.
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

(** Whoever reads i, j and v off the bits has the smallest best pair, and its value; and where a 0 is told for
  "found", an
    orthogonal pair was asked for, and there is none. *)
Theorem bits_tell q two W l p m copies max_n I body i j v : answers q two W l p m copies max_n -> valid two l max_n I
  body ->
  is_pair I i j -> (Z.of_nat v < 2 ^ Z.of_nat m)%Z ->
  outputs W (sequence two l p copies body) = bits p i ++ bits p j ++ bits m v ++ [1%R] ->
  smallest_best q I i j /\ v = pair_value q I i j.
Proof.
  intros (Hp & Hm & H) Hvalid Hij Hv Hout.
  destruct (H I body Hvalid) as (i0 & j0 & Hbest & E). rewrite E in Hout.
  pose proof (few two l p max_n I body Hvalid Hp) as Hfew.
  assert (Hr : forall a b, is_pair I a b -> (Z.of_nat a < 2 ^ Z.of_nat p)%Z /\ (Z.of_nat b < 2 ^ Z.of_nat p)%Z).
  { intros a b Hab. apply pair_iff in Hab as (Ha & Hb & _). pose proof (Hfew false). pose proof (Hfew (is_two I)).
    unfold power in *. lia. }
  assert (Hvalue : (pair_value q I i0 j0 <= l)%nat).
  { destruct Hbest as [Hab _]. apply pair_iff in Hab as (Ha & _). unfold pair_value.
    rewrite <- (doc_length two l max_n I body Hvalid false i0 Ha), first_set. apply few_places. }
  assert (T : told q p m i0 j0 (pair_value q I i0 j0) = bits p i0 ++ bits p j0 ++ bits m (pair_value q I i0 j0) ++
    [1%R]).
  { unfold told in *. destruct q; auto. destruct (pair_value Orthogonal I i0 j0); auto. exfalso.
    apply app_same in Hout as [_ Hout]; [|now rewrite !bits_length].
    apply app_same in Hout as [_ Hout]; [|now rewrite !bits_length].
    apply app_same in Hout as [_ Hout]; [|now rewrite !bits_length]. injection Hout as Hout. lra. }
  rewrite T in Hout. destruct (Hr i0 j0 ltac:(apply Hbest)), (Hr i j Hij).
  apply app_same in Hout as [Ei Hout]; [|now rewrite !bits_length].
  apply app_same in Hout as [Ej Hout]; [|now rewrite !bits_length].
  apply app_same in Hout as [Ev _]; [|now rewrite !bits_length].
  apply bits_unique in Ei, Ej, Ev; try lia. subst. auto.
Qed.
