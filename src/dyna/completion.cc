#include "dyna/completion.h"

#include "dyna/verbs.h"

namespace cordyna::dyna {
namespace {

std::string_view kind_word(Completes kind) {
  switch (kind) {
    case Completes::nothing:
      return "";
    case Completes::tasks:
      return "tasks";
    case Completes::runs:
      return "runs";
    case Completes::servers:
      return "servers";
    case Completes::files:
      return "files";
    case Completes::shells:
      return "shells";
  }
  return "";
}

std::string kinds_of(const Verb& verb) {
  std::string kinds;
  for (const PositionalRow& row : verb.positionals)
    kinds += (kinds.empty() ? "" : " ") + std::string(kind_word(row.completes));
  return kinds;
}

bool repeats_last(const Verb& verb) {
  return !verb.positionals.empty() &&
         (verb.positionals.back().count == Count::some || verb.positionals.back().count == Count::any);
}

std::string options_word(const Verb& verb) {
  std::string words;
  for (const OptionRow& row : options_of(verb)) words += (words.empty() ? "" : " ") + std::string(row.name);
  return words;
}

/// A text between single quotes, for all three shells.
std::string quoted(std::string_view text) {
  std::string inside;
  for (const char byte : text) inside += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
  return '\'' + inside + '\'';
}

/// "run|do) options=...; kinds=(tasks); repeats=1 ;;" for every verb: what bash and zsh share.
std::string cases() {
  std::string text;
  for (const Verb& verb : verbs()) {
    if (verb.hidden) continue;
    text += "    " + std::string(verb.name) + (verb.name == "run" ? "|do" : "") +
            ") options=" + quoted(options_word(verb)) + " kinds=(" + kinds_of(verb) +
            ") repeats=" + (repeats_last(verb) ? "1" : "0") + " ;;\n";
  }
  return text;
}

/// "--run) kind=runs ;;" for every option whose value can be offered; the same for all verbs that have it.
std::string value_cases() {
  std::string text;
  std::string done = "|";
  for (const Verb& verb : verbs()) {
    for (const OptionRow& row : verb.options) {
      if (row.value.empty() || done.find('|' + std::string(row.name) + '|') != std::string::npos) continue;
      done += std::string(row.name) + '|';
      text +=
          "      " + std::string(row.name) + ") kind=" + std::string(kind_word(row.completes)) + "; is_value=1 ;;\n";
    }
  }
  return text + "      --url) kind=; is_value=1 ;;\n";
}

std::string verb_names() {
  std::string names;
  for (const Verb& verb : verbs())
    if (!verb.hidden) names += std::string(verb.name) + ' ';
  return names + "do help";
}

/// bash itself, and zsh through its bashcompinit: finds the verb, counts the arguments behind it, offers what fits
/// there.
std::string bash_script() {
  return "# completion of dyna for bash: source <(dyna completion bash)\n"
         "_dyna() {\n"
         "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  local verb=\"${COMP_WORDS[1]}\" options kinds=() repeats=0 kind= is_value=0 at=0 i=2\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W " +
         quoted(verb_names()) +
         " -- \"$word\")); return; fi\n"
         "  case \"$verb\" in\n" +
         cases() +
         "    *) return ;;\n"
         "  esac\n"
         "  case \"$before\" in\n" +
         value_cases() +
         "  esac\n"
         "  if [ \"$is_value\" -eq 0 ]; then\n"
         "    case \"$word\" in -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")); return ;; esac\n"
         "    while [ \"$i\" -lt \"$COMP_CWORD\" ]; do\n"
         "      case \"${COMP_WORDS[i]}\" in -*) ;; *) at=$((at+1)) ;; esac\n"
         "      i=$((i+1))\n"
         "    done\n"
         "    if [ \"$repeats\" -eq 1 ] && [ \"$at\" -ge \"${#kinds[@]}\" ]; then at=$((${#kinds[@]}-1)); fi\n"
         "    kind=\"${kinds[at]}\"\n"
         "  fi\n"
         "  case \"$kind\" in\n"
         "    files) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
         "    shells) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$word\")) ;;\n"
         "    ?*) COMPREPLY=($(compgen -W \"$(dyna __complete \"$kind\" 2>/dev/null)\" -- \"$word\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -F _dyna dyna\n";
}

std::string zsh_script() {
  return "# completion of dyna for zsh: source <(dyna completion zsh)\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash_script();
}

std::string fish_source(Completes kind) {
  switch (kind) {
    case Completes::nothing:
      return "";
    case Completes::files:
      return " -F";
    case Completes::shells:
      return " -a 'bash zsh fish'";
    default:
      return " -a '(dyna __complete " + std::string(kind_word(kind)) + " 2>/dev/null)'";
  }
}

std::string fish_script() {
  std::string text =
      "# completion of dyna for fish: dyna completion fish | source\n"
      "complete -c dyna -f\n";
  for (const Verb& verb : verbs()) {
    if (verb.hidden) continue;
    const std::string name(verb.name);
    const std::string there =
        "complete -c dyna -n '__fish_seen_subcommand_from " + name + (name == "run" ? " do'" : "'");
    text += "complete -c dyna -n __fish_use_subcommand -a " + name + " -d " + quoted(verb.summary) + '\n';
    for (const PositionalRow& row : verb.positionals)
      if (row.completes != Completes::nothing) text += there + fish_source(row.completes) + '\n';
    for (const OptionRow& row : options_of(verb)) {
      text += there + " -l " + std::string(row.name.substr(2));
      if (!row.letter.empty()) text += " -s " + std::string(row.letter.substr(1));
      if (!row.value.empty()) text += " -r" + fish_source(row.completes);
      text += " -d " + quoted(row.help) + '\n';
    }
  }
  return text;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  return {};
}

}  // namespace cordyna::dyna
