/*
 * The server's side of the channel: each order of api_server.h as a message, whose first field is its name.
 */
#pragma once

#include "tests/support/api_server_channel.h"
#include "tests/support/api_server_net.h"

/* Obeys until the other side has gone. */
void api_control_run(struct api_net *net, int channel);
