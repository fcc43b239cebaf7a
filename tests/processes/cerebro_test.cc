// The program cerebro itself: how it starts, refuses to start, ends, and whom it lets in.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "processes/harness.h"

namespace cordyna::processes {
namespace {

namespace fs = std::filesystem;

Exit cerebro(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program("cerebro"));
  return run(std::move(arguments));
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// Flips one bit of the first `text` in one of the files of the log; the name of the file, or "".
std::string damage(const std::string& data, const std::string& text) {
  for (const auto& entry : fs::recursive_directory_iterator(data + "/segments")) {
    const std::string path = entry.path().string();
    std::string bytes = read_file(path);
    const std::size_t at = bytes.find(text);
    if (at == std::string::npos) continue;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(bytes[at]);
    return entry.path().filename().string();
  }
  return {};
}

Json event_of_type(const std::string& type) {
  return {{"specversion", "1.0"}, {"id", "1"}, {"source", "/tests"}, {"type", type}};
}

const Headers cloud_event{{"content-type", "application/cloudevents+json"}};

TEST(CerebroProgram, is_the_only_one_on_its_data) {
  Folder folder;
  Cerebro first(folder.path("data"));
  const Exit second = cerebro({"--data", folder.path("data"), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.code, 73);
  EXPECT_TRUE(says(second.err, folder.path("data"))) << second.err;
  EXPECT_EQ(second.out, "");
  EXPECT_EQ(first.get("/healthz").status, 200);
  first.kill();
  first.start();
  EXPECT_EQ(first.get("/readyz").status, 200) << "a killed one leaves no lock";
}

TEST(CerebroProgram, listens_on_this_machine_only) {
  Folder folder;
  for (const char* address : {"0.0.0.0:0", "192.0.2.1:0", "[::]:0", "example.org:0"}) {
    const Exit refused = cerebro({"--data", folder.path("data"), "--listen", address});
    EXPECT_EQ(refused.code, 77) << address;
    EXPECT_TRUE(says(refused.err, "127.0.0.1")) << refused.err;
  }
  EXPECT_FALSE(fs::exists(folder.path("data"))) << "a refused start leaves nothing behind";
}

TEST(CerebroProgram, refuses_what_it_cannot_serve) {
  Folder folder;
  const std::string data = folder.path("data");
  const Exit postgres = cerebro({"--store", "postgres://db.example.org/cordyna"});
  EXPECT_EQ(postgres.code, 2);
  EXPECT_TRUE(says(postgres.err, "postgres")) << postgres.err;
  EXPECT_EQ(cerebro({"--data", data, "--listen", "127.0.0.1"}).code, 2);
  EXPECT_EQ(cerebro({"--data", data, "--retention", "soon"}).code, 2);
  EXPECT_EQ(cerebro({"--no-such-option"}).code, 2);
  const Exit config = cerebro({"--config", folder.file("c.yaml", "dta: /x\n"), "--data", data});
  EXPECT_EQ(config.code, 78);
  EXPECT_TRUE(says(config.err, "c.yaml:1:1") && says(config.err, "data")) << config.err;
  EXPECT_EQ(cerebro({"--config", folder.path("none.yaml"), "--data", data}).code, 78);
  EXPECT_EQ(cerebro({"verify", "--data", folder.path("nothing-there")}).code, 2);
  EXPECT_EQ(cerebro({"--data", folder.file("file", "x"), "--listen", "127.0.0.1:0"}).code, 74);
  EXPECT_FALSE(fs::exists(data));
}

TEST(CerebroProgram, refuses_a_port_that_is_taken) {
  Folder folder;
  const Cerebro first(folder.path("data"));
  const Exit second =
      cerebro({"--data", folder.path("other"), "--listen", "127.0.0.1:" + std::to_string(first.port())});
  EXPECT_EQ(second.code, 74);
  EXPECT_TRUE(says(second.err, std::to_string(first.port()))) << second.err;
}

TEST(CerebroProgram, stops_quickly_when_terminated) {
  Folder folder;
  Cerebro one(folder.path("data"));
  one.process().signal(SIGTERM);
  const Exit exit = one.process().wait(Seconds(5));
  EXPECT_EQ(exit.code, 0) << exit.err;
  EXPECT_EQ(exit.out, "cerebro listening on " + one.url() + "\n") << "and says nothing else on stdout";
  one.start();
  const auto stopped = one.event("cerebro.stopped");
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(one.event("cerebro.started", "", (*stopped)["seq"].get<std::uint64_t>()));
}

TEST(CerebroProgram, names_the_place_where_its_log_is_damaged) {
  Folder folder;
  Cerebro one(folder.path("data"));
  EXPECT_EQ(one.send("POST", "/api/v1/events", event_of_type("unmistakable").dump(), cloud_event).status, 202);
  EXPECT_EQ(one.stop().code, 0);
  const std::string file = damage(folder.path("data"), "unmistakable");
  ASSERT_NE(file, "");

  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"--data", folder.path("data"), "--listen", "127.0.0.1:0"},
        std::vector<std::string>{"verify", "--data", folder.path("data")}}) {
    const Exit refused = cerebro(command);
    EXPECT_EQ(refused.code, 75) << refused.out << refused.err;
    EXPECT_TRUE(says(refused.err, file.substr(0, 16))) << file << ": " << refused.err;
  }
  const Exit unconfirmed = cerebro({"recover", "--data", folder.path("data")});
  EXPECT_EQ(unconfirmed.code, 2) << unconfirmed.out << unconfirmed.err;
  EXPECT_EQ(cerebro({"recover", "--accept-data-loss", "--data", folder.path("data")}).code, 0);
  one.start();
  EXPECT_TRUE(one.event("cerebro.started"));
}

TEST(CerebroProgram, notices_damage_of_what_was_acknowledged_just_before_it_was_killed) {
  Folder folder;
  Cerebro one(folder.path("data"));
  EXPECT_EQ(one.send("POST", "/api/v1/events", event_of_type("unmistakable").dump(), cloud_event).status, 202);
  EXPECT_EQ(one.kill().signal, SIGKILL);
  ASSERT_NE(damage(folder.path("data"), "unmistakable"), "");
  const Exit refused = cerebro({"--data", folder.path("data"), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(refused.code, 75) << refused.out << refused.err;
  EXPECT_TRUE(says(refused.err, "00000001.segment") && says(refused.err, "acknowledged")) << refused.err;
}

TEST(CerebroProgram, copies_and_verifies_its_log) {
  Folder folder;
  Cerebro one(folder.path("data"));
  EXPECT_EQ(one.send("POST", "/api/v1/events", event_of_type("kept").dump(), cloud_event).status, 202);
  EXPECT_EQ(one.stop().code, 0);
  const Exit backup = cerebro({"backup", folder.path("copy"), "--data", folder.path("data")});
  EXPECT_EQ(backup.code, 0) << backup.err;
  const Exit verified = cerebro({"verify", "--data", folder.path("copy")});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_TRUE(says(verified.out, "intact")) << verified.out;
  EXPECT_EQ(cerebro({"backup", folder.path("copy"), "--data", folder.path("data")}).code, 2) << "not empty";
  const Cerebro copy(folder.path("copy"));
  EXPECT_TRUE(copy.event("event.received"));
}

TEST(CerebroProgram, copies_its_log_while_it_runs) {
  Folder folder;
  Cerebro one(folder.path("data"));
  std::filesystem::create_directories(folder.path("data/logs"));
  folder.file("data/logs/printed", "by a task");
  EXPECT_EQ(one.send("POST", "/api/v1/events", event_of_type("kept").dump(), cloud_event).status, 202);
  const Exit backup = cerebro({"backup", folder.path("copy"), "--data", folder.path("data")});
  EXPECT_EQ(backup.code, 0) << backup.err;
  EXPECT_TRUE(says(backup.out, "intact, copied to ")) << backup.out;
  EXPECT_TRUE(std::filesystem::exists(folder.path("copy/logs/printed"))) << "what tasks printed comes along";
  const Exit again = cerebro({"backup", folder.path("copy"), "--data", folder.path("data")});
  EXPECT_EQ(again.code, 2) << "not empty";
  EXPECT_TRUE(says(again.err, "not empty")) << again.err;
  Json later = event_of_type("later");
  later["id"] = "2";
  EXPECT_EQ(one.send("POST", "/api/v1/events", later.dump(), cloud_event).status, 202);
  const Cerebro copy(folder.path("copy"));
  EXPECT_TRUE(copy.event("event.received"));
  EXPECT_EQ(one.stop().code, 0);
}

// ---- whom it lets in

std::string upgrade(std::uint16_t port, const std::string& more) {
  return "GET /api/v1/connect HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
         "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         more + "\r\n";
}

TEST(Gates, refuse_a_foreign_host) {
  Folder folder;
  const Cerebro one(folder.path("data"));
  for (const std::string host : {"evil.example", "127.0.0.1.evil.example:80", "192.0.2.1"}) {
    const Answer answer = raw_request(one.port(), "GET /api/v1/runs HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_EQ(answer.status, 403) << host << answer.text;
    EXPECT_EQ(answer.body["code"], "forbidden_host");
  }
  for (const std::string& host : {std::string("localhost"), "localhost:" + std::to_string(one.port())})
    EXPECT_EQ(raw_request(one.port(), "GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status, 200) << host;
  EXPECT_GE(raw_request(one.port(), "GET /healthz HTTP/1.1\r\n\r\n").status, 400) << "HTTP/1.1 without Host";
}

TEST(Gates, refuse_a_websocket_of_a_foreign_page) {
  Folder folder;
  const Cerebro one(folder.path("data"));
  const std::string json = "Sec-WebSocket-Protocol: cordyna.v1.json\r\n";
  for (const std::string origin : {"https://evil.example", "null", "http://127.0.0.1.evil.example"}) {
    const Answer answer = raw_request(one.port(), upgrade(one.port(), json + "Origin: " + origin + "\r\n"));
    EXPECT_EQ(answer.status, 403) << origin << answer.text;
    EXPECT_TRUE(answer.body.value("detail", "").find(origin) != std::string::npos) << answer.text;
  }
  const Answer nameless = raw_request(one.port(), upgrade(one.port(), ""));
  EXPECT_EQ(nameless.status, 400) << nameless.text;
  EXPECT_TRUE(says(nameless.text, "cordyna.v1.json")) << nameless.text;
  const Answer plain = one.get("/api/v1/connect");
  EXPECT_GE(plain.status, 400);
  EXPECT_LT(plain.status, 500) << plain.text;
}

}  // namespace
}  // namespace cordyna::processes
