"""Shows for every house rule a text that breaks it and its neighbour that does not, so that no rule can fall silent."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import cpp_text  # noqa: E402
import house_rules  # noqa: E402

HEAD = "#pragma once\n// What this is.\n"


def rules(path, text, **others):
    """The rules that fire on `text` at `path`; `others` are further files, with __ for / and _h for .h."""
    files = {path: text}
    files.update({name.replace("__", "/").replace("_h", ".h"): content for name, content in others.items()})
    return sorted({finding.rule for finding in house_rules.findings(files) if finding.file == path})


class IncludeDirections(unittest.TestCase):
    def test_each_folder_includes_only_what_stands_left_of_it(self):
        for path, include in [("src/base/a.h", "model/x.h"), ("src/model/a.h", "engine/x.h"), ("src/engine/a.h", "wire/x.h"),
                              ("src/wire/a.h", "engine/x.h"), ("src/log/a.h", "model/x.h"), ("src/net/a.h", "wire/x.h"),
                              ("src/task_server/a.h", "engine/x.h"), ("src/dyna/a.h", "cerebro/x.h"),
                              ("src/cerebro/a.h", "task_server/x.h"), ("src/cerebro/loop.h", "net/x.h"),
                              ("src/sim/a.h", "net/x.h"), ("src/engine/a.h", "cordyna/task_server.h")]:
            with self.subTest(path=path, include=include):
                self.assertEqual(rules(path, HEAD + f'#include "{include}"\n'), ["include-direction"])

    def test_what_stands_left_is_welcome(self):
        for path, include in [("src/engine/a.h", "model/x.h"), ("src/cerebro/main.cc", "net/x.h"),
                              ("src/dyna/main.cc", "net/x.h"), ("src/task_server/connection.cc", "net/x.h"),
                              ("src/task_server/a.h", "cordyna/task_server.h"), ("src/cerebro/a.h", "log/x.h")]:
            with self.subTest(path=path, include=include):
                self.assertEqual(rules(path, HEAD + f'#include "{include}"\n'), [])

    def test_an_include_is_written_from_src(self):
        self.assertEqual(rules("src/base/a.h", HEAD + '#include "time.h"\n'), ["include-direction"])
        self.assertEqual(rules("src/base/a.h", HEAD + '#include "../base/time.h"\n'), ["include-direction"])

    def test_the_public_library_includes_std_and_itself(self):
        self.assertEqual(rules("include/cordyna/a.h", HEAD + "#include <string>\n#include \"cordyna/b.h\"\n"), [])
        for include in ['"model/run.h"', "<nlohmann/json.hpp>", '"cordyna/v1/session.pb.h"', "<sqlite3.h>"]:
            with self.subTest(include=include):
                self.assertEqual(rules("include/cordyna/a.h", HEAD + f"#include {include}\n"), ["include-direction"])

    def test_generated_code_stands_behind_wire(self):
        include = '// A.\n#include "cordyna/log/v1/event.pb.h"\n'
        self.assertEqual(rules("src/wire/a.cc", include), [])
        self.assertEqual(rules("src/cerebro/a.cc", include), ["library"])

    def test_a_library_stands_behind_its_folder(self):
        for prefix, folders in house_rules.LIBRARIES:
            for folder in house_rules.INCLUDES:
                with self.subTest(prefix=prefix, folder=folder):
                    wanted = [] if folder in folders else ["library"]
                    self.assertEqual(rules(f"src/{folder}/a.cc", f"// A.\n#include <{prefix}>\n"), wanted)


class PureFolders(unittest.TestCase):
    def test_the_world_is_refused(self):
        for line in ["auto t = std::chrono::system_clock::now();", "auto t = time(nullptr);", "int x = rand();",
                     "std::random_device seed;", "std::mt19937_64 chance;", "std::thread t;", "std::mutex m;",
                     "std::atomic<int> n;", "thread_local int n;", "std::ifstream file;", "FILE* f = fopen(p, m);",
                     "int s = socket(1, 2, 3);", "auto* home = getenv(name);", "system(line);", "double x = 1;", "float x;",
                     "auto x = std::stod(text);", "std::locale l;", "if (std::isspace(c)) return;", "std::cout << 1;",
                     "std::map<const Task*, int> by_task;", "std::set<Run*> live;"]:
            for folder in ("engine", "model"):
                with self.subTest(line=line, folder=folder):
                    self.assertEqual(rules(f"src/{folder}/a.cc", f"// A.\n{line}\n"), ["pure"])

    def test_every_banned_header_is_refused(self):
        for header in house_rules.BANNED_HEADERS:
            with self.subTest(header=header):
                self.assertIn("pure", rules("src/engine/a.cc", f"// A.\n#include <{header}>\n"))

    def test_other_folders_may(self):
        self.assertEqual(rules("src/log/a.cc", "// A.\nstd::mutex m;\ndouble x = 1;\n"), [])

    def test_comments_texts_and_names_that_look_alike_may(self):
        for line in ["// clock::now() is not ours", "auto t = step.now().wall;", 'auto text = "double now()";', "Time time_now = step.now.wall;", "run.operand(1);",
                     "auto systemic(int);", "int doubled = 2;", "std::map<TaskId, const Task*> tasks;",
                     "constexpr auto kText = R\"(rand() \" double)\";", "char c = '\"'; // float"]:
            with self.subTest(line=line):
                self.assertEqual(rules("src/engine/a.cc", f"// A.\n{line}\n"), [])

    def test_tests_of_pure_folders_read_files_but_no_clock(self):
        self.assertEqual(rules("src/engine/a_test.cc", "std::ifstream golden;\n"), [])
        self.assertEqual(rules("src/engine/a_test.cc", "auto t = std::chrono::steady_clock::now();\n"), ["pure"])
        self.assertEqual(rules("src/engine/a_test.cc", "std::thread other;\n"), ["pure"])

    def test_unordered_containers_are_not_iterated(self):
        member = "std::unordered_map<std::string, std::vector<int>> by_name_;\n"
        for loop in ["for (const auto& [name, ids] : by_name_) use(ids);", "for (auto& e : state.by_name_) use(e);",
                     "auto first = by_name_.begin();", "auto first = std::begin(by_name_);"]:
            with self.subTest(loop=loop):
                self.assertEqual(rules("src/engine/a.cc", "// A.\n" + member + loop + "\n"), ["unordered"])
                self.assertEqual(rules("src/engine/a.cc", '#include "engine/a.h"\n' + loop + "\n",
                                       src__engine__a_h=HEAD + member), ["unordered"])

    def test_ordered_ones_and_look_ups_are_welcome(self):
        text = "// A.\nstd::unordered_map<int, int> index;\nstd::vector<int> order;\n"
        for line in ["for (int id : order) use(id);", "auto found = index.find(3);", "for (int i = 0; i < 3; ++i) index[i];"]:
            with self.subTest(line=line):
                self.assertEqual(rules("src/engine/a.cc", text + line + "\n"), [])


class Lengths(unittest.TestCase):
    def test_files(self):
        filler = "int x();\n"
        self.assertEqual(rules("src/log/a.cc", "// A.\n" + filler * 499), [])
        self.assertEqual(rules("src/log/a.cc", "// A.\n" + filler * 500), ["file-length"])
        self.assertEqual(rules("src/log/a.h", HEAD + filler * 198), [])
        self.assertEqual(rules("src/log/a.h", HEAD + filler * 199), ["file-length"])
        self.assertEqual(rules("tools/a.py", "# A.\n" + "x = 1\n" * 500), ["file-length"])

    def test_functions(self):
        def function(lines):
            return "// A.\nnamespace a {\nint f(int x) {\n" + "  x = g(x);\n" * (lines - 2) + "}\n}\n"
        self.assertEqual(rules("src/log/a.cc", function(70)), [])
        self.assertEqual(rules("src/log/a.cc", function(71)), ["function-length"])
        script = "# A.\ndef f(x):\n" + "    x = 1\n" * 69
        self.assertEqual(rules("tools/a.py", script), [])
        self.assertEqual(rules("tools/a.py", script + "    x = 1\n"), ["function-length"])

    def test_functions_are_found_in_all_their_shapes(self):
        code = """
namespace a {
struct Options { int size = 3; std::vector<int> list{1, 2}; };
enum class Kind : int { kOne, kTwo };
template <class T, class U = std::vector<T>>
class Box : public Base<T> {
 public:
  explicit Box(int size) : size_{size}, list_(3) { reset(); }
  int size() const noexcept override { return size_; }
  bool operator==(const Box& other) const { return true; }
 private:
  int size_ = 0;
};
const auto kTable = std::array{1, 2, 3};
auto kLambda = [](int x) { return x; };
static std::pair<int, int>
two(int a,
    Options options = {}) {
  auto inner = [&](int x) {
    if (x) { return 1; }
    return 2;
  };
  for (int i : {1, 2}) { use(i); }
  return {1, inner(a)};
}
TEST(Run, is_short) { EXPECT_EQ(1, 1); }
}  // namespace a
"""
        found = cpp_text.functions(cpp_text.without_comments_and_texts(code).splitlines())
        self.assertEqual([name for name, _, _ in found], ["Box", "size", "operator==", "two", "Run.is_short"])
        self.assertEqual([(first, last) for name, first, last in found if name == "two"], [(16, 25)])


class Names(unittest.TestCase):
    def test_words_that_say_nothing(self):
        for name in ["RunManager", "StringUtils", "HTTPHelper", "CommonState", "MiscThings", "EventHandler", "Processor",
                     "ServerInfo", "EngineImpl"]:
            with self.subTest(name=name):
                self.assertEqual(rules("src/log/a.cc", f"// A.\nstruct {name};\n"), ["name"])
                self.assertEqual(rules("web/src/a.ts", f"// A.\nexport class {name} {{}}\n"), ["name"])
        self.assertEqual(rules("src/log/a.cc", "// A.\nusing Helper = int;\n"), ["name"])
        self.assertEqual(rules("src/log/string_utils.cc", "// A.\n"), ["name"])
        self.assertEqual(rules("src/common/a.cc", "// A.\n"), ["name"])

    def test_words_that_contain_them_and_pimpl_are_welcome(self):
        self.assertEqual(rules("src/log/a.cc", "// A.\nstruct Impl;\nclass Information;\nclass Implication;\n"), [])
        self.assertEqual(rules("src/log/a.cc", "// A.\nlog.info(1);\n"), [])


class Tests(unittest.TestCase):
    def test_sleep_is_refused(self):
        for path, line in [("src/log/a_test.cc", "std::this_thread::sleep_for(1ms);"), ("src/log/a_test.cc", "usleep(3);"),
                           ("tests/e2e/a.py", "time.sleep(1)"), ("tests/e2e/a.sh", "  sleep 1"),
                           ("tests/e2e/a.sh", "while true; do sleep 1; done")]:
            with self.subTest(line=line):
                self.assertEqual(rules(path, line + "\n"), ["sleep"])

    def test_sleeping_workloads_and_programs_are_not_tests(self):
        self.assertEqual(rules("tests/e2e/a.yaml", 'run: ["sleep", "60"]\n'), [])
        self.assertEqual(rules("src/log/a.cc", "// A.\nstd::this_thread::sleep_for(1ms);\n"), [])
        self.assertEqual(rules("src/log/a_test.cc", "// no sleep(3) here\n"), [])


class Heads(unittest.TestCase):
    def test_a_header_guards_itself_and_says_what_it_is(self):
        self.assertEqual(rules("src/log/a.h", HEAD), [])
        self.assertEqual(rules("src/log/a.h", "// What this is.\n"), ["pragma-once"])
        self.assertEqual(rules("src/log/a.h", "#pragma once\n#include <string>\n"), ["head-comment"])
        self.assertEqual(rules("src/log/a.h", "#pragma once\n" + "// Long.\n" * 21), ["head-comment"])

    def test_a_source_is_introduced_by_its_header_or_itself(self):
        self.assertEqual(rules("src/log/a.cc", "#include <string>\n"), ["head-comment"])
        self.assertEqual(rules("src/log/a.cc", '#include "log/a.h"\n', src__log__a_h=HEAD), [])
        self.assertEqual(rules("tools/a.py", "#!/usr/bin/env python3\nimport os\n"), ["head-comment"])
        self.assertEqual(rules("tools/a.py", '#!/usr/bin/env python3\n"""What this is."""\n'), [])
        self.assertEqual(rules("tools/a.sh", "#!/bin/bash\nset -e\n"), ["head-comment"])


class Texts(unittest.TestCase):
    def test_unfinished_notes_need_their_issue(self):
        for word in ("TO" + "DO", "FIX" + "ME", "HA" + "CK"):
            with self.subTest(word=word):
                self.assertEqual(rules("docs/a.md", f"{word}: later\n"), ["unfinished"])
                self.assertEqual(rules("docs/a.md", f"{word}(#12): later\n"), [])

    def test_paths_of_one_machine(self):
        for folder in ("work", "root", "Users", "home/anna"):
            for line in (f"cd /{folder}/project", f'path = "/{folder}/project"', f"(/{folder}/x)"):
                with self.subTest(line=line):
                    self.assertEqual(rules("docs/a.md", line + "\n"), ["machine-path"])
        for line in ("/usr/lib/x", "$HOME/work/x", "src/work/x", "https://example.org/work/x", "docs/root/x", "/works/x"):
            with self.subTest(line=line):
                self.assertEqual(rules("docs/a.md", line + "\n"), [])

    def test_registry_hosts(self):
        for host in ("registry.npm" + "js.org", "files.python" + "hosted.org", "deb.debian" + ".org", "eu-python.pkg" + ".dev",
                     "proxy.golang" + ".org", "artif" + "actory.example.com"):
            with self.subTest(host=host):
                self.assertEqual(rules("web/.npmrc", f"https://{host}/x\n"), ["registry-host"])
        self.assertEqual(rules("docs/a.md", "https://www.debian.org https://example.com\n"), [])

    def test_generated_files_are_exempt(self):
        self.assertEqual(rules("python/cordyna/session_pb2.py", "x = 1\n" * 900), [])
        self.assertEqual(rules("web/package-lock.json", "https://registry.npm" + "js.org/x\n"), [])


class AllowList(unittest.TestCase):
    FOUND = [house_rules.Finding("src/log/a.cc", 7, "function-length", "f has 90 lines", "f")]

    def test_a_line_with_a_reason_allows(self):
        for key in ("function-length", "function-length:f"):
            with self.subTest(key=key):
                self.assertEqual(house_rules.apply_allowances(self.FOUND, f"src/log/a.cc {key} one table of all kinds\n"), [])

    def test_no_reason_or_no_finding_is_a_finding(self):
        left = house_rules.apply_allowances(self.FOUND, "src/log/a.cc function-length\n")
        self.assertEqual([finding.rule for finding in left], ["function-length", "allow-list"])
        left = house_rules.apply_allowances([], "# comment\n\nsrc/log/a.cc function-length one table of all kinds\n")
        self.assertEqual([(finding.rule, finding.line) for finding in left], [("allow-list", 3)])

    def test_another_symbol_is_not_allowed(self):
        left = house_rules.apply_allowances(self.FOUND, "src/log/a.cc function-length:g one table of all kinds\n")
        self.assertEqual(sorted(finding.rule for finding in left), ["allow-list", "function-length"])


class Program(unittest.TestCase):
    def test_prints_file_line_rule_and_fails(self):
        with tempfile.TemporaryDirectory() as root:
            folder = Path(root) / "src" / "engine"
            folder.mkdir(parents=True)
            (folder / "a.cc").write_text("// A.\n\nint x = rand();\n")
            program = [sys.executable, str(Path(house_rules.__file__)), root]
            bad = subprocess.run(program, capture_output=True, text=True)
            self.assertEqual(bad.returncode, 1)
            self.assertIn("src/engine/a.cc:3: pure: chance", bad.stdout)
            (folder / "a.cc").write_text("// A.\nint x = 3;\n")
            good = subprocess.run(program, capture_output=True, text=True)
            self.assertEqual((good.returncode, good.stdout), (0, "house rules: 1 files, 0 findings\n"))


if __name__ == "__main__":
    unittest.main()
