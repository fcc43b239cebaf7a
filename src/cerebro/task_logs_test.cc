#include "cerebro/task_logs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/limits.h"

namespace cordyna::cerebro {
namespace {

/// The same promises for files and for memory.
class TaskLogsTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    directory = std::filesystem::path(testing::TempDir()) /
                ("task_logs." + std::to_string(::getpid()) + "." + std::to_string(++count));
    logs = GetParam() ? file_task_logs(directory) : memory_task_logs();
  }
  void TearDown() override {
    logs.reset();
    std::filesystem::remove_all(directory);
  }
  std::string text(const AttemptName& attempt, std::uint64_t after = 0, std::size_t limit = 64U << 20) {
    logs->flush();
    const auto part = logs->read(attempt, after, limit);
    EXPECT_TRUE(part.ok());
    EXPECT_EQ(part->next, after + part->text.size());
    return part->text;
  }

  static inline int count = 0;
  std::filesystem::path directory;
  std::unique_ptr<TaskLogs> logs;
  const AttemptName first{{1, 2}, "shop/extract", 1};
  const AttemptName second{{1, 2}, "shop/extract", 2};
};

TEST_P(TaskLogsTest, keeps_each_attempt_apart) {
  logs->append(first, 0, "one");
  logs->append(second, 0, "two");
  logs->append(first, 3, " more");
  EXPECT_EQ(text(first), "one more");
  EXPECT_EQ(text(second), "two");
  EXPECT_EQ(text({{9, 9}, "shop/extract", 1}), "");
}

TEST_P(TaskLogsTest, reads_from_a_byte_on_and_so_much) {
  logs->append(first, 0, "0123456789");
  EXPECT_EQ(text(first, 3, 4), "3456");
  EXPECT_EQ(text(first, 10), "");
  EXPECT_EQ(text(first, 100), "");
}

TEST_P(TaskLogsTest, takes_what_is_sent_twice_once) {
  logs->append(first, 0, "hello ");
  logs->append(first, 6, "world");
  logs->append(first, 0, "hello ");
  logs->append(first, 6, "world!");
  EXPECT_EQ(text(first), "hello world!");
}

TEST_P(TaskLogsTest, marks_a_gap_and_keeps_positions) {
  logs->append(first, 0, "begin");
  logs->append(first, 100, "end");
  const std::string all = text(first);
  EXPECT_EQ(all.size(), 103U);
  EXPECT_TRUE(all.starts_with("begin"));
  EXPECT_TRUE(all.ends_with("end"));
  EXPECT_NE(all.find("lost"), std::string::npos);
}

TEST_P(TaskLogsTest, keeps_16_MiB_and_says_where_it_cut) {
  const std::string all(base::limits::log_bytes_max, 'x');
  logs->append(first, 0, all);
  EXPECT_EQ(text(first).size(), all.size());
  logs->append(second, 0, all + "y");
  const std::string cut = text(second);
  EXPECT_EQ(cut.find('y'), cut.find("cordyna") + 4);  // none but in the mark
  EXPECT_NE(cut.find("16 MiB"), std::string::npos);
  logs->append(second, all.size() + 1, "more");
  EXPECT_EQ(text(second), cut);
}

INSTANTIATE_TEST_SUITE_P(FilesAndMemory, TaskLogsTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "files" : "memory"; });

}  // namespace
}  // namespace cordyna::cerebro
