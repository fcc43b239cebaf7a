// dyna up: the order of starts and stops, with false processes; and real processes that end by themselves.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dyna/child_processes.h"
#include "dyna/up.h"
#include "dyna/up_plan.h"

namespace cordyna::dyna {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct FakeProcesses final : Processes {
  std::vector<std::string> did;
  int next = 1;
  base::Result<int> start(const ChildProgram& program) override {
    std::string line = "start";
    for (const std::string& word : program.environment) line += ' ' + word;
    for (const std::string& word : program.argv) line += ' ' + word;
    did.push_back(line);
    return next++;
  }
  void send_signal(int child, int signal) override {
    did.push_back((signal == SIGTERM ? "term " : "kill ") + std::to_string(child));
  }
};

struct UpTest : testing::Test {
  FakeProcesses processes;
  std::ostringstream out, err;
  Screen out_screen{&out}, err_screen{&err};
  Up up{{"/bin/cerebro", "/bin/dyna", {"teams/shop.yaml", "crm.cordyna.yaml"}, "127.0.0.1:0", "d"},
        processes,
        out_screen,
        err_screen};

  void started() {
    up.start();
    up.on_line(1, "cerebro listening on http://127.0.0.1:9");
    processes.did.clear();
    out.str("");
    err.str("");
  }
};

TEST_F(UpTest, starts_cerebro_first_and_the_servers_when_it_listens) {
  up.start();
  EXPECT_THAT(processes.did, ElementsAre("start /bin/cerebro --data d --listen 127.0.0.1:0"));
  up.on_line(1, "warming up");
  EXPECT_EQ(processes.did.size(), 1U);
  up.on_line(1, "cerebro listening on http://127.0.0.1:9");
  up.on_line(1, "cerebro listening on http://127.0.0.1:9");
  EXPECT_THAT(processes.did,
              ElementsAre("start /bin/cerebro --data d --listen 127.0.0.1:0",
                          "start CORDYNA_URL=http://127.0.0.1:9 /bin/dyna serve teams/shop.yaml --drain 5s",
                          "start CORDYNA_URL=http://127.0.0.1:9 /bin/dyna serve crm.cordyna.yaml --drain 5s"));
  up.on_line(2, "shop ready");
  EXPECT_THAT(out.str(), HasSubstr("cerebro | warming up\n"));
  EXPECT_THAT(out.str(), HasSubstr("shop    | shop ready\n"));
  EXPECT_EQ(err.str(), "dyna: cerebro is at http://127.0.0.1:9 with 2 task-servers from files; Ctrl-C stops all\n");
  EXPECT_FALSE(up.finished());
}

TEST_F(UpTest, stops_the_servers_before_cerebro_and_ends_with_0) {
  started();
  up.on_stop();
  EXPECT_THAT(processes.did, ElementsAre("term 2", "term 3"));
  up.on_end(3, 0);
  EXPECT_EQ(processes.did.size(), 2U);
  up.on_end(2, 0);
  EXPECT_THAT(processes.did, ElementsAre("term 2", "term 3", "term 1"));
  EXPECT_FALSE(up.finished());
  up.on_end(1, 0);
  EXPECT_EQ(up.finished(), 0);
  EXPECT_EQ(err.str(), "dyna: stopping the task-servers, then cerebro\n");
}

TEST_F(UpTest, a_second_stop_hurries_and_a_third_kills) {
  started();
  up.on_stop();
  up.on_stop();
  EXPECT_THAT(processes.did, ElementsAre("term 2", "term 3", "term 2", "term 3"));
  up.on_stop();
  EXPECT_THAT(processes.did, ElementsAre("term 2", "term 3", "term 2", "term 3", "kill 2", "kill 3", "kill 1"));
}

TEST_F(UpTest, a_server_that_ends_is_named_and_the_others_go_on) {
  started();
  up.on_end(2, 4);
  EXPECT_EQ(err.str(), "dyna: shop ended with exit code 4; the others go on. Start it again: dyna serve FILE\n");
  EXPECT_THAT(processes.did, ElementsAre());
  EXPECT_FALSE(up.finished());
}

TEST_F(UpTest, a_dying_cerebro_ends_all_with_its_exit_code) {
  started();
  up.on_end(1, 75);
  EXPECT_THAT(processes.did, ElementsAre("term 2", "term 3"));
  EXPECT_EQ(err.str(), "dyna: cerebro ended with exit code 75; stopping the task-servers\n");
  up.on_end(2, 0);
  up.on_end(3, 0);
  EXPECT_EQ(up.finished(), 75);
  EXPECT_THAT(processes.did, ElementsAre("term 2", "term 3"));
}

TEST_F(UpTest, a_stop_before_cerebro_listens_starts_no_server) {
  up.start();
  up.on_stop();
  EXPECT_EQ(processes.did.back(), "term 1");
  up.on_line(1, "cerebro listening on http://127.0.0.1:9");
  EXPECT_EQ(processes.did.size(), 2U);
  up.on_end(1, 0);
  EXPECT_EQ(up.finished(), 0);
}

TEST(UpFiles, labels_are_the_names_of_the_files) {
  EXPECT_EQ(server_label("teams/shop.yaml"), "shop");
  EXPECT_EQ(server_label("crm.cordyna.yaml"), "crm");
  EXPECT_EQ(server_label("cordyna.yaml"), "cordyna");
  EXPECT_EQ(server_label("odd"), "odd");
}

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "dyna-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const std::string& name, const std::string& text, mode_t mode) const {
    std::ofstream(path / name) << text;
    chmod((path / name).c_str(), mode);
    return (path / name).string();
  }
};

TEST(UpFiles, of_a_folder_are_those_that_are_named_for_it) {
  const Folder folder;
  for (const char* name : {"b.cordyna.yaml", "cordyna.yaml", "a.cordyna.yaml", "other.yaml", ".cordyna.yaml"})
    folder.write(name, "", 0644);
  const std::string base = folder.path.string() + '/';
  EXPECT_THAT(files_here(folder.path.string()),
              ElementsAre(base + "a.cordyna.yaml", base + "b.cordyna.yaml", base + "cordyna.yaml"));
  EXPECT_THAT(files_here(base + "missing"), ElementsAre());
}

TEST(UpFiles, a_program_is_looked_for_beside_dyna_then_in_path) {
  const Folder here, there;
  const std::string self = (here.path / "dyna").string();
  EXPECT_EQ(found_program("cerebro", self, there.path.string()), "");
  const std::string far = there.write("cerebro", "", 0755);
  EXPECT_EQ(found_program("cerebro", self, "/nowhere::" + there.path.string()), far);
  here.write("cerebro", "", 0644);
  EXPECT_EQ(found_program("cerebro", self, there.path.string()), far) << "what cannot be executed is no program";
  EXPECT_EQ(found_program("cerebro", here.write("cerebro", "", 0755), there.path.string()),
            (here.path / "cerebro").string());
}

TEST(ChildProcesses, tell_all_that_was_printed_before_the_end) {
  ChildProcesses children;
  const auto child = children.start(
      {{"/bin/sh", "-c", "echo \"$GREETING\"; echo wrong >&2; printf rest; exit 3"}, {"GREETING=hello"}});
  ASSERT_TRUE(child.ok());
  std::vector<std::string> seen;
  while (seen.empty() || !seen.back().starts_with("end")) {
    children.collect(
        [&](int from, std::string_view line) {
          EXPECT_EQ(from, *child);
          seen.emplace_back(line);
        },
        [&](int, int code) { seen.push_back("end " + std::to_string(code)); });
  }
  EXPECT_THAT(seen, ElementsAre("hello", "wrong", "rest", "end 3"));
  EXPECT_TRUE(children.pipes().empty());
}

TEST(ChildProcesses, a_signal_ends_a_child_with_128_and_its_number) {
  ChildProcesses children;
  const auto child = children.start({{"/bin/cat"}, {}});  // stdin is empty, but a signal may come first or later
  const auto sleeper = children.start({{"/bin/sh", "-c", "kill -TERM $$; exec sleep 60"}, {}});
  ASSERT_TRUE(child.ok() && sleeper.ok());
  std::map<int, int> codes;
  while (codes.size() < 2)
    children.collect([](int, std::string_view) {}, [&](int number, int code) { codes[number] = code; });
  EXPECT_EQ(codes[*child], 0);
  EXPECT_EQ(codes[*sleeper], 128 + SIGTERM);
}

TEST(ChildProcesses, a_program_that_is_none_ends_with_126) {
  ChildProcesses children;
  const auto child = children.start({{"/nowhere/program"}, {}});
  ASSERT_TRUE(child.ok());
  std::vector<std::string> seen;
  while (seen.size() < 2)
    children.collect([&](int, std::string_view line) { seen.emplace_back(line); },
                     [&](int, int code) { seen.push_back(std::to_string(code)); });
  EXPECT_THAT(seen, ElementsAre("cannot be executed", "126"));
}

}  // namespace
}  // namespace cordyna::dyna
