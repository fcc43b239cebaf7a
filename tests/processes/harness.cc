// cerebro and dyna as the tests see them: the second half of harness.h.

#include "processes/harness.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "net/http_client.h"

namespace cordyna::processes {

using Steady = std::chrono::steady_clock;

namespace {

Answer answer_of(const base::Result<base::HttpResponse>& response) {
  Answer answer;
  if (!response.ok()) {
    answer.failure = response.error().code + ": " + response.error().message;
    return answer;
  }
  answer.status = response->status;
  answer.text = response->body;
  answer.body = Json::parse(response->body, nullptr, false);
  if (answer.body.is_discarded()) answer.body = nullptr;
  for (const auto& [name, value] : response->headers) answer.headers[name] = value;
  return answer;
}

/// The whole answer is there: its header, and as much body as it announces.
bool is_whole(const std::string& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  const std::size_t length = bytes.find("content-length: ");
  if (end == std::string::npos) return false;
  if (length == std::string::npos || length > end) return false;
  return bytes.size() >= end + 4 + std::stoul(bytes.substr(length + 16));
}

}  // namespace

Answer post_to(const std::string& url, const std::string& body, Headers headers) {
  net::HttpClient client;
  return answer_of(
      client.request({.method = "POST", .url = url, .headers = std::move(headers), .body = body, .timeout = patience}));
}

Answer raw_request(std::uint16_t port, const std::string& bytes) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval longest{patience.count(), 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
  Answer answer;
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    // A refusal may come before everything is taken: what cannot be sent any more does not matter.
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = ::send(descriptor, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    std::array<char, 65536> piece;
    while (!is_whole(answer.text)) {
      const ssize_t count = recv(descriptor, piece.data(), piece.size(), 0);
      if (count <= 0) break;
      answer.text.append(piece.data(), static_cast<std::size_t>(count));
    }
  }
  close(descriptor);
  if (answer.text.starts_with("HTTP/1.1 ")) answer.status = std::stoi(answer.text.substr(9, 3));
  const std::size_t end = answer.text.find("\r\n\r\n");
  if (end != std::string::npos) answer.body = Json::parse(answer.text.substr(end + 4), nullptr, false);
  if (answer.body.is_discarded()) answer.body = nullptr;
  return answer;
}

Cerebro::Cerebro(std::string data) : data_(std::move(data)) {
  start();
}

void Cerebro::start() {
  process_.reset();
  process_ = std::make_unique<Process>(
      std::vector<std::string>{program("cerebro"), "--data", data_, "--listen", "127.0.0.1:" + std::to_string(port_)});
  const auto line = process_->line_with("cerebro listening on ");
  ASSERT_TRUE(line) << "cerebro did not come up: " << process_->err();
  url_ = line->substr(line->find("http://"));
  port_ = static_cast<std::uint16_t>(std::stoul(url_.substr(url_.rfind(':') + 1)));
}

Exit Cerebro::stop() {
  process_->signal(SIGTERM);
  return process_->wait();
}

Answer Cerebro::get(const std::string& path) const {
  return send("GET", path, "", {});
}

Answer Cerebro::post(const std::string& path, const Json& body, Headers headers) const {
  headers.insert(headers.begin(), {"content-type", "application/json"});
  return send("POST", path, body.dump(), std::move(headers));
}

Answer Cerebro::send(const std::string& method, const std::string& path, const std::string& body,
                     Headers headers) const {
  net::HttpClient client;
  return answer_of(client.request(
      {.method = method, .url = url_ + path, .headers = std::move(headers), .body = body, .timeout = patience}));
}

std::vector<Json> Cerebro::events() const {
  std::vector<Json> all;
  for (std::uint64_t after = 0;;) {
    const Answer page = get("/api/v1/events?limit=1000&after=" + std::to_string(after));
    EXPECT_EQ(page.status, 200) << page.text << page.failure;
    if (page.status != 200 || page.body["events"].empty()) return all;
    for (const Json& event : page.body["events"]) all.push_back(event);
    after = all.back()["seq"].get<std::uint64_t>();
  }
}

std::uint64_t Cerebro::last_seq() const {
  const std::vector<Json> all = events();
  return all.empty() ? 0 : all.back()["seq"].get<std::uint64_t>();
}

std::optional<Json> event_of(const std::string& url, const std::function<bool(const Json&)>& is_it, std::uint64_t after,
                             Seconds longest) {
  std::optional<Json> found;
  EventFrames frames;
  const auto deadline = Steady::now() + longest;
  net::HttpClient client;
  (void)client.stream({.url = url + "/api/v1/events?after=" + std::to_string(after),
                       .headers = {{"accept", "text/event-stream"}},
                       .timeout = longest,
                       .silence_max = longest},
                      [&](std::string_view bytes) {
                        for (const EventFrames::Frame& frame : frames.take(bytes)) {
                          Json event = Json::parse(frame.data, nullptr, false);
                          if (event.is_discarded() || !is_it(event)) continue;
                          found = std::move(event);
                          return false;
                        }
                        return Steady::now() < deadline;
                      });
  return found;
}

std::optional<Json> Cerebro::event(const std::string& kind, const std::string& task, std::uint64_t after) const {
  return event([&](const Json& event) { return event["kind"] == kind && (task.empty() || event["task"] == task); },
               after);
}

Json Cerebro::ended(const std::string& run, Seconds longest) const {
  const auto is_end = [&run](const Json& event) {
    return event["run"] == run &&
           (event["kind"] == "run.completed" || event["kind"] == "run.failed" || event["kind"] == "run.cancelled");
  };
  const auto end = event(is_end, 0, longest);
  const Answer answer = get("/api/v1/runs/" + run);
  EXPECT_TRUE(end) << "the run does not end: " << answer.text << answer.failure;
  return answer.body;
}

std::string Cerebro::start_run(const Json& body) const {
  const Answer answer = post("/api/v1/runs", body);
  EXPECT_EQ(answer.status, 201) << answer.text << answer.failure;
  return answer.body.value("run_id", "");
}

const Json& task_run(const Json& run, const std::string& task) {
  static const Json none;
  if (run.contains("task_runs"))
    for (const Json& one : run["task_runs"])
      if (one["task"] == task) return one;
  ADD_FAILURE() << task << " is not in " << run.dump(1);
  return none;
}

Exit dyna(const Cerebro& cerebro, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program("dyna"));
  return run(std::move(arguments), {{"CORDYNA_URL", cerebro.url()}});
}

std::unique_ptr<Process> serve(const Cerebro& cerebro, const std::string& file, std::vector<std::string> options) {
  std::vector<std::string> arguments{program("dyna"), "serve", file};
  arguments.insert(arguments.end(), options.begin(), options.end());
  auto process = std::make_unique<Process>(std::move(arguments), Process::Environment{{"CORDYNA_URL", cerebro.url()}});
  EXPECT_TRUE(process->line_with(" ready")) << "dyna serve did not come up: " << process->out() << process->err();
  return process;
}

std::vector<EventFrames::Frame> EventFrames::take(std::string_view bytes) {
  std::vector<Frame> frames;
  rest_ += bytes;
  for (std::size_t end = rest_.find("\n\n"); end != std::string::npos; end = rest_.find("\n\n")) {
    Frame frame;
    for (const std::string& line : lines_of(rest_.substr(0, end))) {
      const auto field = [&line](std::string_view name, std::string& into) {
        if (line.starts_with(name))
          into = line.substr(name.size() + (line.substr(name.size()).starts_with(' ') ? 1 : 0));
      };
      field("id:", frame.id);
      field("event:", frame.event);
      field("data:", frame.data);
    }
    rest_.erase(0, end + 2);
    if (!frame.data.empty()) frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace cordyna::processes
