(** The weights of a model of proofformer, in float32, and the theorem that over the real
    numbers they answer, which coqc proves or refuses (proofs/README.md):
    closest-pair (hamming) finds the smallest best pair, for every input of 2 to 2 documents in {0,1}^2.
    model.safetensors has the sha256 3ac2584b09939da289b9f07aee8e427816a98150b8e64110790c127b9471c95e. *)
From Coq Require Import ZArith List.
From Proofformer Require Import Net Spec Check Sound.
Import ListNotations.
Open Scope Z_scope.

Definition block_0 : block := {|
  at_read := false;
  heads := [{|
  query := [[(0%N,28)]; [(0%N,-4); (3%N,8)]; [(0%N,-4); (4%N,8)]; [(0%N,-4)]];
  key := [[(0%N,-1); (1%N,1); (2%N,2)]; [(0%N,-1); (3%N,2)]; [(0%N,-1); (4%N,2)]; [(5%N,1)]];
  value := [[(3%N,1)]; [(4%N,1)]; [(5%N,1)]; [(2%N,1)]];
  output := [[]; []; []; []; []; []; [(0%N,1)]; [(1%N,1)]; [(2%N,1)]; [(3%N,1)]; []; []; []; []; []; []; []; []] |}];
  hidden := [[(6%N,4)]; [(6%N,4)]; [(7%N,4)]; [(7%N,4)]; [(8%N,4)]; [(8%N,4)]; [(9%N,4)]; [(9%N,4)]; [(2%N,-4);
    (9%N,4)]; [(2%N,-4); (9%N,4)]; [(2%N,1)]; [(6%N,1)]; [(7%N,1)]; [(8%N,1)]; [(9%N,1)]];
  hidden_bias := [-2; -3; -2; -3; -2; -3; -2; -3; -2; -3; 0; 0; 0; 0; 0];
  out := [[]; []; [(10%N,-1)]; []; []; []; [(11%N,-1)]; [(12%N,-1)]; [(13%N,-1)]; [(14%N,-1)]; [(0%N,1); (1%N,-1)];
    [(2%N,1); (3%N,-1)]; [(4%N,1); (5%N,-1)]; [(6%N,1); (7%N,-1); (8%N,-1); (9%N,1)]; []; []; []; []];
  out_bias := [0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0] |}.

Definition block_1 : block := {|
  at_read := false;
  heads := [];
  hidden := [[(3%N,1); (10%N,-1)]; [(3%N,-1); (10%N,1)]; [(4%N,1); (11%N,-1)]; [(4%N,-1); (11%N,1)]; [(3%N,1)];
    [(4%N,1)]; [(10%N,1)]; [(11%N,1)]];
  hidden_bias := [0; 0; 0; 0; 0; 0; 0; 0];
  out := [[]; []; [(0%N,1); (1%N,1); (2%N,1); (3%N,1)]; [(4%N,-1)]; [(5%N,-1)]; []; []; []; []; []; [(6%N,-1)];
    [(7%N,-1)]; []; []; []; []; []; []];
  out_bias := [0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0] |}.

Definition block_2 : block := {|
  at_read := false;
  heads := [];
  hidden := [[(2%N,1)]; [(2%N,1)]];
  hidden_bias := [0; -1];
  out := [[]; []; []; [(0%N,1); (1%N,-2)]; [(1%N,1)]; []; []; []; []; []; []; []; []; []; []; []; []; []];
  out_bias := [0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0] |}.

Definition block_3 : block := {|
  at_read := true;
  heads := [{|
  query := [[(0%N,28)]; [(0%N,-8)]; [(0%N,-4)]; []; []];
  key := [[(0%N,-1); (1%N,1); (13%N,2)]; [(2%N,1)]; [(5%N,1)]; []; []];
  value := [[(5%N,1)]; [(12%N,1)]; [(3%N,1)]; [(4%N,1)]; [(13%N,1)]];
  output := [[]; []; []; []; []; []; [(0%N,1)]; [(1%N,1)]; [(2%N,1)]; [(3%N,1)]; []; []; []; []; [(4%N,1)]; []; [];
    []] |}];
  hidden := [[(6%N,4)]; [(6%N,4)]; [(7%N,4)]; [(7%N,4)]; [(8%N,4)]; [(8%N,4)]; [(9%N,4)]; [(9%N,4)]; [(14%N,4)];
    [(14%N,4)]];
  hidden_bias := [-2; -3; -2; -3; -2; -3; -2; -3; -2; -3];
  out := [[]; []; []; []; []; []; []; []; []; []; [(0%N,1); (1%N,-1)]; [(2%N,1); (3%N,-1)]; []; []; []; [(4%N,1);
    (5%N,-1)]; [(6%N,1); (7%N,-1)]; [(8%N,1); (9%N,-1)]];
  out_bias := [0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0; 0] |}.

Definition W : model := {|
  sees_itself := false;
  embed := [[(0%N,1)]; [(1%N,1)]; [(2%N,1)]; [(3%N,1)]; [(4%N,1)]; [(5%N,1)]; []; []; []; []; []; []; []; []; []; [];
    []; []];
  blocks := [block_0; block_1; block_2; block_3];
  unembed := [[(10%N,1)]; [(11%N,1)]; [(15%N,1)]; [(16%N,1)]; [(17%N,1)]] |}.

(** Documents of 2 bits, indices of 1, values of 2; up to 2 documents. *)
Theorem this_model_is_exact : answers ClosestPair false W 2%nat 1%nat 2%nat (nil) 2.
Proof. apply check_sound. vm_compute. reflexivity. Qed.
Print Assumptions this_model_is_exact.
