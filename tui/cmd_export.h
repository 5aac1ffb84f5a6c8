/*
 * `executor-runs export`: the runs that match, with all that belongs to them, a line of JSON each.
 */
#pragma once

int cmd_export(int argc, char **argv);
