(* However many steps are made that are neither a VM's own nor calls of the host for it, whole steps
   as make(_:on:) makes them, by the host, by other VMs, of time and of CPUs that arrive, on whatever
   CPUs: the VM's state, its vCPUs, and its pages with use and place and with what is in them are as
   they were; but for contents of pages that it shares, if stores of the host to these are among the
   steps.

   From Swift: System.stepKeeps
   From Swift: System.noStepKeeps

   The counter that the VM's time is counted from goes on. *)
Require Import ZArith List.
Require Import Theorems Traces.
Import ListNotations.
Open Scope Z_scope.

Section StepsOfOthers.
  Context {proved : Proved}.
  Variable vm : Z.
  (* Whether the host may store to pages that the VM shares. *)
  Variable butShared : bool.
  Hypothesis isNumber : is_UInt64 vm.
  Hypothesis isVM : System_isVM vm = true.

  (* A step and the CPU that it is made on. *)
  Definition input := (Step * Z)%type.
  Definition step (state : System) (i : input) : System :=
    System_make_Step_Int state (fst i) (snd i).
  Definition same (a b : System) : Prop :=
    System_agree_System_System_UInt64_Bool a b vm butShared = true.

  (* A step of others, in the state where it is made. *)
  Definition ofOthers (a : System) (i : input) : Prop :=
    (is_Int (snd i) /\ snd i >= 0 /\ snd i < Limits_cpus) /\
    ~ System_isOf a vm (fst i) (snd i) = true /\
    (butShared = true \/ ~ System_stores a (fst i) vm = true).

  Lemma step_of_others_keeps : forall a b i, same a b -> ofOthers a i -> same (step a i) b.
  Proof. unfold same, ofOthers, step. intros. apply System_stepKeeps; tauto. Qed.

  Theorem steps_of_others_change_nothing : forall state trace,
    quiet step ofOthers state trace -> same (run step state trace) state.
  Proof.
    intros state trace rule. apply quiet_is_nothing with (unnoticed := ofOthers); auto.
    - exact step_of_others_keeps.
    - now apply System_noStepKeeps.
  Qed.
End StepsOfOthers.
