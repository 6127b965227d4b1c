(** The theorems, typed once more, with what it is to answer written out. `proofs/check` compares what this prints with
    proofs/pinned.txt. *)

From Coq Require Import Reals ZArith List Bool.
From Proofformer Require Import Net Spec Check Sound Facts.
Import ListNotations.

Definition what_is_checked_answers : forall q l p m max_n W, check q l p m max_n W = true ->
  (max_n <= 2 ^ Z.of_nat p)%Z /\ (Z.of_nat l < 2 ^ Z.of_nat m)%Z /\
  forall (X : list (list bool)) (body : list token),
    filter (fun t => match t with Pad => false | _ => true end) body
      = rev (map (fun i => Doc i (nth i X [])) (seq 0 (length X))) ->
    Forall (fun x => length x = l) X -> (2 <= length X)%nat -> (Z.of_nat (length body) <= max_n)%Z ->
    exists i j,
      ((i < j < length X)%nat /\ forall i' j', (i' < j' < length X)%nat ->
        better q (pair_value q X i j) (pair_value q X i' j') \/
        pair_value q X i j = pair_value q X i' j' /\ (i < i' \/ i = i' /\ j <= j')%nat) /\
      outputs W (map (encode l) (Start :: body ++ [Read]))
      = bits p i ++ bits p j ++ bits m (pair_value q X i j) ++ [1%R].
Proof.
  intros q l p m max_n W H. destruct (check_sound q l p m max_n W H) as (Hp & Hm & HX).
  split; [exact Hp | split; [exact Hm|]]. intros X body Hbody. apply HX. unfold tokens_of.
  refine (eq_trans _ Hbody). apply filter_ext. now intros [].
Qed.

Check check_sound.
Check what_is_checked_answers.
Check smallest_best_unique.
Check sequence_exists.
Check bits_tell.
Print Assumptions bits_tell.
Print Assumptions what_is_checked_answers.
Print Assumptions check_sound.
