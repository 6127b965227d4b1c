(** The theorems, typed once more, with what it is to answer written out.
`proofs/check` compares what this prints with
    proofs/pinned.txt. *)

From Coq Require Import Reals ZArith List Bool.
From Proofformer Require Import Net Spec Check Sound Facts.
Import ListNotations.

(** One set, and the largest inner product: what the theorem says of it, with nothing of Spec.v but the tokens. *)
Definition max_ip_of_one_set : forall l p m copies max_n W,
  check MaxIP false l p m copies max_n W = true ->
  forall (X : list (list bool)) (body : list token),
    filter (fun t => match t with Pad => false | _ => true end) body
      = rev (map (fun i => Doc false i (nth i X [])) (seq 0 (length X))) ->
    Forall (fun x => length x = l) X -> (2 <= length X)%nat -> (Z.of_nat (length body) <= max_n)%Z ->
    let value i j := length (filter (fun e => fst e && snd e) (combine (nth i X []) (nth j X []))) in
    exists i j,
      ((i < j < length X)%nat /\ forall i' j', (i' < j' < length X)%nat ->
        (value i' j' < value i j)%nat \/ value i j = value i' j' /\ (i < i' \/ i = i' /\ j <= j')%nat) /\
      outputs W (sequence false l p copies body)
      = bits p i ++ bits p j ++ bits m (value i j) ++ [1%R].
Proof.
  intros l p m copies max_n W H X body Hbody Hlen Htwo Hmax.
  destruct (check_sound MaxIP false l p m copies max_n W H) as (_ & _ & HX).
  apply (HX (OneSet X) body). split; [reflexivity|]. split; [|split; [exact Hmax|split]].
  - unfold tokens_of. refine (eq_trans _ Hbody). apply filter_ext. now intros [].
  - simpl. apply Forall_app. auto.
  - exists 0%nat, 1%nat. simpl. auto with arith.
Qed.

Definition what_is_checked_answers : forall q two l p m copies max_n W, check q two l p m copies max_n W = true ->
  (max_n <= 2 ^ Z.of_nat p + (if two then 1 else 0))%Z /\ (Z.of_nat l < 2 ^ Z.of_nat m)%Z /\
  forall (I : instance) (body : list token),
    is_two I = two /\ filter (fun t => negb (is_pad t)) body = rev (documents I) /\
    (Z.of_nat (length body) <= max_n)%Z /\ Forall (fun x => length x = l) (first I ++ second I) /\
    (exists i j, is_pair I i j) ->
    exists i j,
      (is_pair I i j /\ forall i' j', is_pair I i' j' ->
        better q (pair_value q I i j) (pair_value q I i' j') \/
        pair_value q I i j = pair_value q I i' j' /\ (i < i' \/ i = i' /\ j <= j')%nat) /\
      outputs W (sequence two l p copies body) = told q p m i j (pair_value q I i j).
Proof. exact check_sound. Qed.

Definition what_is_checked_decides : forall q t two l p copies max_n W,
  check_decision q t two l p copies max_n W = true ->
  forall (I : instance) (body : list token),
    is_two I = two /\ filter (fun t => negb (is_pad t)) body = rev (documents I) /\
    (Z.of_nat (length body) <= max_n)%Z /\ Forall (fun x => length x = l) (first I ++ second I) /\
    (exists i j, is_pair I i j) ->
    ((exists i j, is_pair I i j /\ meets q t (pair_value q I i j)) ->
      outputs W (sequence two l p copies body) = [1%R]) /\
    (~ (exists i j, is_pair I i j /\ meets q t (pair_value q I i j)) ->
      outputs W (sequence two l p copies body) = [0%R]).
Proof. exact decision_sound. Qed.

Check check_sound.
Check decision_sound.
Check what_is_checked_answers.
Check what_is_checked_decides.
Check max_ip_of_one_set.
Check smallest_best_unique.
Check smallest_best_exists.
Check sequence_exists.
Check bits_tell.
Print Assumptions bits_tell.
Print Assumptions max_ip_of_one_set.
Print Assumptions what_is_checked_answers.
Print Assumptions what_is_checked_decides.
Print Assumptions decision_sound.
Print Assumptions check_sound.
