#include "dyna/program.h"

#include "dyna/completion.h"
#include "dyna/fake_world.h"
#include "dyna/usage.h"

namespace cordyna::dyna {
namespace {

using testing::HasSubstr;

TEST(Program, nothing_typed_prints_the_verbs_and_is_usage) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({}), 2);
  EXPECT_EQ(fake.err.str(), usage_text());
}

TEST(Program, help_of_a_verb_shows_its_options_and_examples) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({"cancel", "--help"}), 0);
  EXPECT_EQ(fake.out.str(),
            "usage: dyna cancel RUN [options]\n"
            "\n"
            "cancel a run\n"
            "\n"
            "options\n"
            "  --reason TEXT  why; kept beside who\n"
            "  --url URL      where cerebro is ($CORDYNA_URL, else http://127.0.0.1:7070)\n"
            "  -h, --help     this text\n"
            "\n"
            "examples\n"
            "  dyna cancel last --reason 'wrong day'\n");
  FakeWorld same;
  EXPECT_EQ(same.run({"help", "cancel"}), 0);
  EXPECT_EQ(same.out.str(), fake.out.str());
}

TEST(Program, every_visible_verb_is_in_the_overview_and_has_an_example_that_starts_with_it) {
  const std::string overview = usage_text();
  for (const Verb& verb : verbs()) {
    if (verb.hidden) continue;
    EXPECT_NE(overview.find("\n  " + std::string(verb.name) + ' '), std::string::npos) << verb.name;
    ASSERT_FALSE(verb.examples.empty()) << verb.name;
    for (const std::string_view example : verb.examples)
      EXPECT_NE(example.find("dyna " + std::string(verb.name)), std::string_view::npos) << example;
  }
}

TEST(Program, unknown_verb_is_usage_with_the_nearest_one) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({"shwo", "last"}), 2);
  EXPECT_EQ(fake.err.str(), "dyna: there is no verb \"shwo\"; did you mean show?\n  see: dyna --help\n");
}

TEST(Program, unknown_option_is_usage_with_the_nearest_one) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({"run", "a/b", "--wiat"}), 2);
  EXPECT_EQ(fake.err.str(), "dyna: dyna run has no option --wiat; did you mean --wait?\n  see: dyna run --help\n");
}

TEST(Program, missing_surplus_and_doubled_arguments_are_usage) {
  FakeWorld missing;
  EXPECT_EQ(missing.run({"show"}), 2);
  EXPECT_EQ(missing.err.str(), "dyna: dyna show needs RUN\n  see: dyna show --help\n");
  FakeWorld surplus;
  EXPECT_EQ(surplus.run({"show", "last", "more"}), 2);
  EXPECT_EQ(surplus.err.str(),
            "dyna: dyna show takes no more arguments than it has: \"more\" is too much\n  see: dyna show --help\n");
  FakeWorld doubled;
  EXPECT_EQ(doubled.run({"cancel", "last", "--reason", "a", "--reason", "b"}), 2);
  EXPECT_EQ(doubled.err.str(), "dyna: --reason is given more than once\n  see: dyna cancel --help\n");
}

TEST(Program, an_option_without_its_value_is_usage) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({"cancel", "last", "--reason"}), 2);
  EXPECT_THAT(fake.err.str(), HasSubstr("see: dyna cancel --help"));
}

TEST(Program, the_url_comes_from_the_option_then_the_variable_then_the_default) {
  const std::vector<std::string> words = {"__complete", "nothing"};
  FakeWorld plain;
  EXPECT_EQ(plain.run(words), 0);
  EXPECT_EQ(plain.url, "http://127.0.0.1:7070");
  FakeWorld variable;
  variable.variables["CORDYNA_URL"] = "http://brain:80/";
  EXPECT_EQ(variable.run(words), 0);
  EXPECT_EQ(variable.url, "http://brain:80");
  EXPECT_EQ(variable.run({"--url", "http://other:81", "__complete", "nothing"}), 0);
  EXPECT_EQ(variable.url, "http://other:81");
}

TEST(Program, cerebro_not_reachable_is_3_and_says_how_to_start_it) {
  FakeWorld fake;
  fake.expect({.request = "GET /api/v1/runs?limit=20", .breaks = "not_reachable"});
  EXPECT_EQ(fake.run({"runs"}), 3);
  EXPECT_EQ(fake.err.str(),
            "dyna: cerebro is not reachable at http://127.0.0.1:7070: connection refused\n"
            "  start it with `dyna up`, or say where it is with --url or $CORDYNA_URL\n");
  EXPECT_EQ(fake.out.str(), "");
}

TEST(Program, an_address_that_is_none_is_a_misuse) {
  FakeWorld fake;
  fake.expect({.request = "GET /api/v1/runs?limit=20", .breaks = "bad_url"});
  EXPECT_EQ(fake.run({"runs"}), 2);
  EXPECT_NE(fake.err.str().find("is not the address of a cerebro: write for example"), std::string::npos)
      << fake.err.str();
}

TEST(Program, something_else_behind_the_url_is_not_reachable_too) {
  FakeWorld fake;
  fake.get("/api/v1/runs?limit=20", "<html>hello</html>");
  EXPECT_EQ(fake.run({"runs"}), 3);
  EXPECT_THAT(fake.err.str(), HasSubstr("is not cerebro"));
  FakeWorld missing;
  missing.expect({.request = "GET /api/v1/runs?limit=20", .status = 404, .answer = "nope"});
  EXPECT_EQ(missing.run({"runs"}), 3);
  EXPECT_THAT(missing.err.str(), HasSubstr("is not cerebro"));
}

TEST(Program, a_refusal_is_4_and_shows_every_finding_with_its_fix) {
  FakeWorld fake;
  fake.expect(
      {.request = "POST /api/v1/runs",
       .body =
           R"({"select":["a/x","a/y"],"params":{},"only":false,"followers":true,"force":false,"env":null,"reason":"","automated":false})",
       .status = 422,
       .answer = R"({"title":"Invalid","status":422,"code":"invalid","detail":"2 selectors match nothing","errors":[
                 {"path":"select[0]","rule":"no_match","message":"a/x matches no task","fix":"write a/xx"},
                 {"path":"","rule":"no_match","message":"a/y matches no\u001b[31m task","fix":""}]})"});
  EXPECT_EQ(fake.run({"run", "a/x", "a/y"}), 4);
  EXPECT_EQ(fake.err.str(),
            "dyna: cerebro refused: 2 selectors match nothing (422 invalid)\n"
            "  select[0]: a/x matches no task\n"
            "    fix: write a/xx\n"
            "  a/y matches no?[31m task\n");
  EXPECT_EQ(fake.out.str(), "");
}

TEST(Program, check_says_that_it_is_still_to_come) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({"check", "a.yaml"}), 2);
  EXPECT_THAT(fake.err.str(), HasSubstr("dyna check does not exist yet"));
}

TEST(Program, serve_and_up_get_what_was_typed) {
  FakeWorld fake;
  EXPECT_EQ(fake.run({"serve", "shop.yaml", "--drain", "5s"}), 0);
  EXPECT_EQ(fake.run({"serve", "shop.yaml", "--json"}), 0);
  EXPECT_EQ(fake.run({"up", "a.yaml", "b.yaml", "--listen", "127.0.0.1:0", "--data", "d"}), 0);
  EXPECT_EQ(fake.run({"up"}), 0);
  EXPECT_EQ(fake.served,
            (std::vector<std::string>{"shop.yaml http://127.0.0.1:7070 5s", "shop.yaml http://127.0.0.1:7070 - json",
                                      "up 127.0.0.1:0 d a.yaml b.yaml", "up 127.0.0.1:7070 .cordyna"}));
  EXPECT_EQ(fake.run({"serve", "shop.yaml", "--drain", "soon"}), 2);
}

TEST(Completion, scripts_know_every_visible_verb) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell);
    for (const Verb& verb : verbs()) {
      if (verb.hidden) continue;
      EXPECT_NE(script.find(std::string(verb.name)), std::string::npos) << shell << ' ' << verb.name;
    }
    EXPECT_EQ(script.find("check"), script.find("check whether")) << "hidden verbs stay hidden";
  }
  FakeWorld fake;
  EXPECT_EQ(fake.run({"completion", "csh"}), 2);
}

TEST(Completion, names_are_asked_and_failures_are_silent) {
  FakeWorld fake;
  fake.get("/api/v1/tasks?limit=1000", R"({"tasks":[{"task":"a/x"},{"task":"b/y"}],"next":null})");
  EXPECT_EQ(fake.run({"__complete", "tasks"}), 0);
  EXPECT_EQ(fake.out.str(), "a/x\nb/y\n");
  FakeWorld away;
  away.expect({.request = "GET /api/v1/runs?limit=1000", .breaks = "not_reachable"});
  EXPECT_EQ(away.run({"__complete", "runs"}), 0);
  EXPECT_EQ(away.out.str(), "last\n");
  EXPECT_EQ(away.err.str(), "");
}

}  // namespace
}  // namespace cordyna::dyna
