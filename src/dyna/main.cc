// dyna's own main: binds the program to the real world. The only file of this folder that knows the network.

#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>
#include <thread>

#include "dyna/event_frames.h"
#include "dyna/program.h"
#include "dyna/up.h"
#include "net/http_client.h"
#include "task_server/serve_file.h"

namespace {

using namespace cordyna;

/// The client of net/ behind dyna's seam.
class HttpApi final : public dyna::Api {
 public:
  explicit HttpApi(std::string url) : url_(std::move(url)) {}

  base::Result<base::HttpResponse> request(const base::HttpRequest& request) override {
    auto response = client_.request(call_of(request));
    if (!response) return translated(response.error());
    return response;
  }

  base::Result<base::HttpResponse> stream(const base::HttpRequest& request,
                                          const dyna::OnStreamEvent& on_event) override {
    net::HttpCall call = call_of(request);
    call.silence_max = std::chrono::minutes(1);  // cerebro sends a comment more often than that
    dyna::EventFrames frames;
    bool answered = false;
    auto response = client_.stream(call, [&](std::string_view bytes) {
      answered = true;
      return frames.read(bytes, on_event);
    });
    if (response || response.error().code == "bad_url") return response;
    return base::Error{answered ? "broken" : "not_reachable", cause_in(response.error().message)};
  }

 private:
  net::HttpCall call_of(const base::HttpRequest& request) const {
    return {.method = request.method, .url = url_ + request.target, .headers = request.headers, .body = request.body};
  }

  /// Nothing was done when nobody was there; everything else may have been.
  static base::Error translated(const base::Error& error) {
    if (error.code == "bad_url") return error;
    const bool nobody = error.code == "unreachable" && error.message.find(" broke while ") == std::string::npos;
    return {nobody ? "not_reachable" : "broken", cause_in(error.message)};
  }

  /// The client's sentence names the address and the remedy too; ours does that better.
  static std::string cause_in(const std::string& message) {
    constexpr std::string_view before = " is not reachable: ", after = ". Start cerebro";
    const std::size_t begin = message.find(before), end = message.find(after);
    if (begin == std::string::npos || end == std::string::npos || end < begin) return message;
    return message.substr(begin + before.size(), end - begin - before.size());
  }

  std::string url_;
  net::HttpClient client_;
};

base::Time now() {
  return std::chrono::time_point_cast<base::Duration>(std::chrono::system_clock::now());
}

dyna::LocalZone zone_at(base::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return {};
  return {std::chrono::seconds(local.tm_gmtoff), local.tm_zone};
}

std::string random_hex() {
  std::random_device device;
  std::string text;
  for (int i = 0; i < 32; ++i) text += "0123456789abcdef"[device() % 16];
  return text;
}

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string actor() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const auto user = variable("USER");
  return (user && !user->empty() ? *user : "uid" + std::to_string(getuid())) + '@' + host.data();
}

dyna::Screen screen(int descriptor, std::ostream& stream) {
  dyna::Screen result{&stream};
  result.terminal = isatty(descriptor) == 1;
  const auto no_colour = variable("NO_COLOR");
  result.colour = result.terminal && (!no_colour || no_colour->empty()) && variable("TERM").value_or("") != "dumb";
  winsize size{};
  if (result.terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    result.width = size.ws_col;
    result.height = size.ws_row;
  }
  return result;
}

std::optional<std::uint64_t> disk_free() {
  struct statvfs disk {};
  if (statvfs(".", &disk) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

int serve(const dyna::ServeRequest& request) {
  task_server::ServeOptions options{.file = request.file, .url = request.url, .json = request.json};
  if (request.drain) options.drain = *request.drain;
  return task_server::serve_file(options);
}

}  // namespace

int main(int count, char** words) {
  dyna::World world;
  world.out = screen(STDOUT_FILENO, std::cout);
  world.err = screen(STDERR_FILENO, std::cerr);
  world.connect = [](const std::string& url) { return std::make_unique<HttpApi>(url); };
  world.now = now;
  world.pause = [](base::Duration duration) { std::this_thread::sleep_for(duration); };
  world.zone = zone_at;
  world.random = random_hex;
  world.environment = variable;
  world.disk_free = disk_free;
  world.serve = serve;
  world.up = [&world](const dyna::UpRequest& request) { return dyna::run_up(request, world.out, world.err); };
  world.actor = actor();
  return dyna::run_program(world, std::vector<std::string>(words + 1, words + count));
}
