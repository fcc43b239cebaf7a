#pragma once
// RequestReader: one HTTP request from bytes as they come, with every limit checked on the way. The parser is Beast's;
// this adds what RFC 9112 asks for against smuggling and our sizes. One object a request, so that an idle connection
// holds none. Private to net/, used by HttpConnection.

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/transport.h"
#include "net/http_text.h"
#include "net/network.h"

namespace cordyna::net {

class RequestReader {
 public:
  explicit RequestReader(const NetworkOptions& options);
  ~RequestReader();

  /// Takes the first bytes of `bytes` and returns how many; those it leaves are given again together with more, unless
  /// whole(). Sets refused() when the request breaks a rule; not to be called again then.
  std::size_t read(std::string_view bytes);

  const Problem* refused() const;
  bool head_read() const;
  bool whole() const;
  /// Once, after the head: the client waits for "100 Continue" before it sends the body.
  bool wants_continue();

  bool keep_alive() const;  // what the client wants; known with the head
  bool is_head() const;     // method HEAD: the answer has no body
  bool is_http_1_1() const;
  base::HttpRequest take();  // whole() only, once; `remote` is left empty

 private:
  struct Parse;
  std::unique_ptr<Parse> parse_;
};

}  // namespace cordyna::net
