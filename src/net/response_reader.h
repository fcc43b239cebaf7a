#pragma once
// ResponseReader: one HTTP answer from bytes as they come; the client's mirror of RequestReader. Private to net/, used
// by HttpClient.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/transport.h"

namespace cordyna::net {

class ResponseReader {
 public:
  explicit ResponseReader(bool answers_head);
  ~ResponseReader();

  /// Takes the first bytes of `bytes` and returns how many; the rest is given again together with more.
  std::size_t read(std::string_view bytes);
  /// The peer closed: the end of an answer that has no length of its own, else it is cut_off().
  void end();

  bool malformed() const;  // or larger than limits::http_client_body_bytes_max
  bool cut_off() const;
  bool head_read() const;
  bool whole() const;
  bool keep_alive() const;
  int status() const;

  void lift_body_limit();     // after the head: the body is taken as it comes, and may be endless
  std::string take_body();    // what came since the last call
  base::HttpResponse take();  // with the body that is left
 private:
  struct Parse;
  std::unique_ptr<Parse> parse_;
};

}  // namespace cordyna::net
