#pragma once
// Everything a team needs to write a task-server in C++.

#include "cordyna/outcome.h"
#include "cordyna/task.h"
#include "cordyna/task_context.h"
#include "cordyna/task_server.h"
#include "cordyna/value.h"
