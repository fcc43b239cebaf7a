#pragma once
// Every bound of cordyna in one place, with its unit. Each is tested at the limit and one past it.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cordyna::base::limits {

// names
inline constexpr std::size_t server_name_max = 63;  // characters
inline constexpr std::size_t task_name_max = 127;   // characters
inline constexpr std::size_t word_name_max = 127;   // characters: teams, tags, labels, envs, named limits, domains

// a declaration
inline constexpr std::size_t declaration_bytes_max = 64U << 20;
inline constexpr std::size_t declaration_part_bytes_max = 1U << 20;
inline constexpr std::size_t text_part_bytes_max = 256U << 10;  // of a declaration, in the log
inline constexpr std::size_t declaration_tasks_max = 100'000;
inline constexpr std::size_t declaration_edges_max = 1'000'000;
inline constexpr std::size_t text_bytes_max = 4096;  // a description, a reason
inline constexpr std::uint32_t slots_max = 100'000;
inline constexpr auto timeout_min = std::chrono::seconds(1);
inline constexpr auto timeout_max = std::chrono::hours(24 * 30);
inline constexpr std::uint32_t retries_max = 1000;
inline constexpr auto freshness_max = std::chrono::hours(24 * 366);  // within, every
inline constexpr std::int32_t priority_max = 1000;                   // and -1000 at the low end
inline constexpr std::size_t glob_bytes_max = 1024;                  // of an event trigger
inline constexpr std::size_t findings_max = 1000;                    // told at once
inline constexpr std::size_t cron_bytes_max = 512;
inline constexpr std::size_t zone_file_bytes_max = 256U << 10;
inline constexpr int zone_rules_year_max = 2100;  // offsets are computed to the end of this year

// the schema of an output
inline constexpr std::size_t schema_depth_max = 64;
inline constexpr std::size_t schema_fields_max = 10'000;

// a session
inline constexpr std::size_t message_bytes_max = 2U << 20;  // one WebSocket message
inline constexpr auto heartbeat_period = std::chrono::seconds(5);
inline constexpr int heartbeats_missed_max = 3;
inline constexpr std::size_t session_buffer_bytes_max = 8U << 20;
inline constexpr auto reconnect_backoff_first = std::chrono::milliseconds(200);
inline constexpr auto reconnect_backoff_cap = std::chrono::seconds(5);
inline constexpr auto farewell_patience = std::chrono::seconds(5);  // for cerebro to take the last news
inline constexpr auto stop_patience = std::chrono::seconds(15);     // for work to end after it was asked to
inline constexpr auto check_patience = std::chrono::seconds(10);    // for the answer to a check
inline constexpr auto acknowledge_delay_max = std::chrono::milliseconds(50);

// a task-run
inline constexpr std::size_t result_bytes_max = 64U << 10;
inline constexpr std::size_t result_inline_bytes_max = 256;
inline constexpr std::size_t inputs_bytes_max = 16U << 20;
inline constexpr std::size_t inputs_part_bytes_max = 1U << 20;
inline constexpr std::size_t error_text_bytes_max = 4096;
inline constexpr std::size_t log_bytes_max = 16U << 20;        // an attempt's log
inline constexpr std::size_t log_unsent_bytes_max = 8U << 20;  // of all attempts of one task-server, oldest dropped
inline constexpr std::size_t params_bytes_max = 64U << 10;

// the outside
inline constexpr std::size_t http_header_bytes_max = 16U << 10;
inline constexpr std::size_t http_body_bytes_max = 2U << 20;
inline constexpr std::size_t http_declarations_bytes_max = 64U << 20;  // declarations:check
inline constexpr std::size_t page_default = 100;                       // entries of a list
inline constexpr std::size_t page_max = 1000;
inline constexpr std::size_t events_scanned_max = 20'000;  // by one filtered read of the log
inline constexpr std::size_t idempotency_key_bytes_max = 255;
inline constexpr std::size_t event_bytes_max = 256U << 10;  // one CloudEvent
inline constexpr std::size_t event_batch_max = 1000;
inline constexpr std::size_t event_attribute_bytes_max = 1024;  // id, source, type, ...: ids are remembered for a week
inline constexpr std::size_t run_targets_max = 100'000;
inline constexpr std::size_t backfill_runs_max = 1000;
inline constexpr int event_depth_max = 16;
inline constexpr auto idempotency_key_kept = std::chrono::hours(24 * 7);
inline constexpr std::size_t sse_clients_max = 1000;
inline constexpr std::size_t sse_backlog_bytes_max = 4U << 20;  // of one client; beyond it the client must read again
inline constexpr auto sse_flush_period = std::chrono::milliseconds(100);
inline constexpr auto sse_keep_alive = std::chrono::seconds(15);
inline constexpr std::size_t log_read_bytes_max = 1U << 20;  // of a task's log at one time

// the network
inline constexpr std::size_t connections_max = 20'000;  // accepted at one time
inline constexpr std::size_t writable_mark_bytes = 64U << 10;
inline constexpr std::size_t http_client_body_bytes_max = 256U << 20;    // an answer dyna reads
inline constexpr std::size_t websocket_read_keep_bytes_max = 16U << 10;  // a larger read buffer is given back
inline constexpr std::size_t close_reason_bytes_max = 123;               // RFC 6455: a control frame holds 125
inline constexpr auto http_header_timeout = std::chrono::seconds(10);
inline constexpr auto http_request_timeout = std::chrono::seconds(60);
inline constexpr auto http_idle_timeout = std::chrono::seconds(60);
inline constexpr auto http_linger_timeout = std::chrono::seconds(2);  // for what a refused client still sends
inline constexpr auto write_timeout = std::chrono::seconds(60);
inline constexpr auto handshake_timeout = std::chrono::seconds(5);
inline constexpr auto close_timeout = std::chrono::seconds(5);
inline constexpr std::size_t poll_completions_max = 8192;        // socket completions in one poll
inline constexpr std::size_t poll_connection_messages_max = 32;  // messages of one connection in one poll
inline constexpr std::size_t poll_connection_bytes_max = 128U << 10;

// the loop
inline constexpr std::size_t pass_inputs_max = 4096;
inline constexpr std::size_t pass_session_inputs_max = 256;
inline constexpr int pass_polls_max = 8;
inline constexpr std::size_t batch_bytes_max = 1U << 20;
inline constexpr std::size_t batch_lazy_bytes_max = 64U << 10;
inline constexpr auto batch_lazy_delay = std::chrono::milliseconds(2);
inline constexpr auto batch_gather_delay = std::chrono::microseconds(60);
inline constexpr auto full_disk_retry = std::chrono::seconds(5);
inline constexpr auto wake_slack = std::chrono::seconds(1);  // woken later than that, the loop stood still: no uptime
inline constexpr std::size_t reader_queue_max = 256;         // searches that wait for a reader thread
inline constexpr std::size_t session_inputs_max = 20'000;    // undecided ones of a session (disk full), then closed
inline constexpr auto session_slow_max = std::chrono::seconds(60);
inline constexpr std::size_t task_log_queue_bytes_max = 64U << 20;  // not yet written; what comes on top is dropped

// memory of what is over
inline constexpr std::size_t scopes_per_task_max = 1000;     // envs x params whose last completions are kept
inline constexpr std::size_t recent_runs_max = 10'000;       // ended runs listed from memory
inline constexpr std::size_t fenced_attempts_max = 100'000;  // attempts that may still report late
inline constexpr std::size_t revisions_kept_max = 16;        // superseded declarations of a server
inline constexpr std::size_t waiting_per_task_max = 100;     // overlapped instants and events of one task
inline constexpr std::uint32_t catchup_runs_max = 100;       // of one schedule after an outage
inline constexpr std::size_t seen_events_max = 1'000'000;    // (source, id) pairs
inline constexpr auto seen_events_kept = std::chrono::hours(24 * 7);

// what waits
inline constexpr auto claim_grace = std::chrono::seconds(10);  // a broken session's instance may come back
inline constexpr auto claim_grace_after_start = std::chrono::seconds(30);
inline constexpr auto cancel_grace = std::chrono::seconds(10);  // an instance confirms a cancel
inline constexpr auto check_timeout = std::chrono::seconds(10);
inline constexpr auto priority_step = std::chrono::minutes(10);  // of waiting raise the priority by one
inline constexpr auto older_revision_grace = std::chrono::minutes(10);
inline constexpr auto lost_server_fires = std::chrono::hours(24);  // a lost server's ticks fire so long
inline constexpr std::uint32_t free_retries_max = 10;              // start_timeouts of a full instance

// the log
inline constexpr std::size_t segment_bytes_max = 64U << 20;
inline constexpr std::uint64_t segment_events_max = 1'000'000;
inline constexpr auto segment_age_max = std::chrono::hours(24);
inline constexpr std::size_t record_bytes_max = 256U << 20;  // the events of one batch
inline constexpr std::size_t log_key_bytes_max = 512;        // what a batch can be found by
inline constexpr std::size_t segments_open_max = 16;         // sealed segment files kept open for reading
inline constexpr int wal_checkpoint_frames = 128;            // pages of 4 KiB
inline constexpr std::size_t wal_initial_bytes = 4U << 20;
inline constexpr std::size_t snapshots_kept = 2;
inline constexpr std::uint64_t snapshot_events_min = 2'000'000;  // sealed since the last one; or half the live state
inline constexpr auto upkeep_period = std::chrono::minutes(1);   // snapshots and retention are thought of so often

}  // namespace cordyna::base::limits
