#include "sim/bug_bank.h"

#include <array>

namespace cordyna::sim {
namespace {

constexpr std::array bugs{
    // durability
    Bug{"ack_before_durable", "etcd 14370, NATS JetStream: acknowledged before it is on the disk"},
    Bug{"answer_before_durable", "NATS JetStream: the client is answered, the flush comes two minutes later"},
    Bug{"command_before_durable", "Temporal 9118 turned round: the task is handed off before its event is written"},
    Bug{"full_disk_forgets", "fsyncgate: a failed write is taken for a good one"},
    Bug{"recovery_skips_a_batch", "etcd 13766: a restart reads less than was written"},
    Bug{"acknowledges_one_more", "message queues: a cumulative acknowledgement off by one"},
    Bug{"outbox_forgets", "Celery: what was sent and not acknowledged is forgotten when the connection breaks"},
    // exactly once
    Bug{"event_fires_twice", "kombu 337: one message runs a task more than once"},
    Bug{"two_schedulers", "Airflow 25843, Kubernetes CronJob: two schedulers create the same tick"},
    Bug{"events_forgotten_on_restart", "webhook receivers: deduplication lives in memory"},
    Bug{"keys_forgotten_on_restart", "payment gateways: idempotency keys live in memory"},
    Bug{"duplicates_count", "Kubernetes 105200: one end is counted twice"},
    Bug{"stream_repeats", "etcd 17247: a watch delivers an event twice"},
    Bug{"stream_skips", "etcd 17529: a watch that resumes loses events"},
    // fences, leases, time
    Bug{"no_fence", "Nomad 12680, Airflow 13747: a zombie's report is taken for the new attempt's"},
    Bug{"lease_shorter_than_the_task", "kombu 337, Celery 6229: a visibility timeout shorter than the task"},
    Bug{"ack_deadline_early", "an edge of time: the deadline fires one tick early"},
    Bug{"no_grace_for_a_lost_instance", "Airflow 29455: a healthy worker is called a zombie after one missed beat"},
    Bug{"pause_counts", "lease systems: a stopped process declares everybody else late"},
    Bug{"downtime_counts", "schedulers after maintenance: every deadline has passed while they were down"},
    Bug{"clock_goes_back", "cron daemons: somebody sets the clock and time runs twice"},
    // stuck
    Bug{"zombies_stay", "Airflow: tasks that run for ever"},
    Bug{"queued_for_ever", "Airflow 13542: tasks stuck in queued"},
    Bug{"lost_instance_keeps_its_work", "Nomad, Slurm: work of a dead node stays running in the books"},
    Bug{"retries_never_due", "schedulers: up for retry, and never retried"},
    Bug{"retries_lost_on_restart", "Temporal 459: a timer is lost when its owner restarts"},
    Bug{"timers_lost_on_restart", "CronJob: schedules that are not taken up again after a restart"},
    Bug{"failure_is_not_told_on", "workflow engines: downstream waits for ever behind a failure"},
    Bug{"sharers_wait_for_ever", "Kubernetes 125410: who waits for somebody else's work is not woken by its failure"},
    Bug{"wake_up_lost", "Airflow pools: a freed slot wakes nobody"},
    Bug{"woken_one_bars_the_rest",
        "condition variables: the signal goes to one that cannot use it, the others sleep on"},
    Bug{"count_apart_from_facts", "Kubernetes 105200: a count kept beside the facts drifts"},
    Bug{"limit_leaks_on_cancel", "semaphores in Argo: a cancelled holder keeps its permit"},
    Bug{"limit_leaks_on_a_lost_instance", "semaphores: a holder that died keeps its permit"},
    Bug{"latecomer_gets_nothing", "Airflow 13542: work queued while no worker was there is not handed out later"},
    Bug{"removed_task_waits", "Airflow: tasks of a changed definition stay scheduled and nobody runs them"},
    Bug{"half_open_is_not_noticed", "half-open connections: nobody looks whether the other side lives"},
    Bug{"gives_up_dialling", "agents that stop to reconnect after a few failures"},
    // what follows, joins and is fresh
    Bug{"join_lost_behind_a_live_run", "Airflow 47398: what was updated while its consumer ran does not trigger it"},
    Bug{"joins_merged_into_one", "Airflow 35870: several end at once, and not all of what follows is started"},
    Bug{"any_waits_for_all", "Airflow trigger rules: one success is taken for all success"},
    Bug{"one_failure_blocks_any", "Airflow trigger rules: one success is blocked by one failure"},
    Bug{"cleanup_is_blocked_too", "workflow engines: what must run after any end is blocked by a failure"},
    Bug{"old_failure_brings_followers", "build systems: what depends on a failure of the past is planned anew"},
    Bug{"machines_repeat_failures", "retry storms: every schedule repeats what is known to fail"},
    Bug{"quiet_runs_start_joins", "Airflow 38826: a consumer is started for updates that were not meant for it"},
    Bug{"failure_counts_as_fresh", "build caches: the output of a failed build is taken for good"},
    Bug{"stale_input_is_up_to_date", "make and its like: a changed input is not noticed"},
    Bug{"window_never_ends", "caches without expiry: yesterday's data pass as fresh"},
    Bug{"shares_older_work", "request coalescing: who asks for today gets yesterday's run"},
    Bug{"never_shares", "build servers: the same work is done once for each who asks"},
    Bug{"params_mixed_up", "caches keyed without their parameters"},
    // schedules and events
    Bug{"missed_tick_is_forgotten", "Kubernetes 42649: a cluster that was down over night skips what it missed"},
    Bug{"catch_up_miscounted", "Kubernetes 73169: what was missed is counted wrongly"},
    Bug{"catch_up_ends_after_one", "schedulers: a back-log of missed instants is cut to one"},
    Bug{"overlap_ignored", "Airflow 22193: one run at a time, and several run"},
    Bug{"overlapped_tick_is_dropped", "Kubernetes CronJob: an instant during a long run is lost without a word"},
    Bug{"queue_of_ticks_is_stuck", "Airflow: queued runs that nobody starts when the one before has ended"},
    Bug{"queue_of_ticks_lost_on_restart", "schedulers that keep queued instants in memory"},
    Bug{"paused_schedule_fires", "schedulers: a suspended schedule fires once more"},
    Bug{"pauses_lost_on_restart", "a suspension that is kept in memory"},
    Bug{"event_filter_ignored", "event routers: a filter on the subject is not applied"},
    Bug{"event_reaches_one_only", "event routers: the first subscriber consumes what was meant for all"},
    // rules
    Bug{"ready_too_early", "workflow engines: started before the last upstream has ended"},
    Bug{"run_ends_early", "Kubernetes 109485: finished before all its parts were seen"},
    Bug{"cancel_forgets_what_waits", "workflow engines: a cancelled run starts more"},
    Bug{"cancel_kills_what_others_share", "shared builds: one user's cancel kills the other's work"},
    Bug{"a_skip_blocks", "Airflow trigger rules: a skip is taken for a failure"},
    Bug{"never_started_is_fine", "a protocol fault of a worker is not noticed"},
    Bug{"retries_without_end", "Nomad 16515: replaced against the policy"},
    Bug{"retry_budget_counted_twice", "Airflow: a try is counted by the scheduler and by the worker"},
    Bug{"retry_slips_past_a_pause", "Airflow 42093: a retry gets round a rule that holds for first tries"},
    Bug{"load_is_not_shared", "schedulers: all work goes to one of several workers"},
    Bug{"retry_without_backoff", "retry storms"},
    Bug{"paused_runs", "a pause that does not hold what is ready already"},
    Bug{"concurrency_ignored", "Airflow: max_active_tasks exceeded by a second scheduler"},
    Bug{"limit_ignored", "a pool that is overbooked"},
    Bug{"slots_ignored", "a worker is given more than it can take"},
    Bug{"draining_gets_commands", "work is sent to a node that is being drained"},
    Bug{"stale_revision_runs", "Nomad 14925: an old version of the job runs the new task"},
    // disk
    Bug{"fsync_skipped", "NATS JetStream, 2025: what was acknowledged is in memory only when the power goes"},
    Bug{"fsync_retried", "fsyncgate, PostgreSQL until 11.2: a failed sync is tried again, and succeeds on lost pages"},
    Bug{"failed_sync_is_believed", "fsyncgate, the other half: what the page cache shows is taken for what is stored"},
    Bug{"rename_without_sync", "file systems of 2009: files of zero length after a power cut"},
    Bug{"folder_not_synced", "LevelDB: a new file's name is gone after a power cut"},
    Bug{"full_disk_drops_batch", "brokers that go on while the disk is full"},
    Bug{"torn_tail_accepted", "logs that end in silence at their first bad record"},
    Bug{"bit_flip_accepted", "NATS JetStream, 2025: one bad bit is believed"},
};

}  // namespace

std::span<const Bug> bug_bank() {
  return bugs;
}

}  // namespace cordyna::sim
