/** Metrics of the local stand-ins for AWS services. Each process serves its own at /metrics. */
export const LOCAL_METRICS = {
  invocations: { name: 'swipegate_function_invocations_total', help: 'Invocations of the decision function' },
  errors: {
    name: 'swipegate_function_errors_total',
    help: 'Invocations of the decision function that failed, in whole or in part',
  },
  duration: { name: 'swipegate_function_seconds', help: 'Duration of an invocation' },
  iteratorAge: {
    name: 'swipegate_function_iterator_age_seconds',
    help: 'Age of the oldest record that was read from the stream and is not processed yet',
  },
  deadLetters: { name: 'swipegate_dead_letters', help: 'Batches in the on-failure destination' },
  parked: { name: 'swipegate_parked_records_total', help: 'Rows added to the table of records that cannot be decided' },
  unreadableRows: {
    name: 'swipegate_unreadable_rows_total',
    help: 'Stored rows that the decision function could not read',
  },
  backOfficeErrors: {
    name: 'swipegate_back_office_errors_total',
    help: 'Invocations of the back office’s functions that failed, in whole or in part',
  },
  changeDeadLetters: {
    name: 'swipegate_change_dead_letters',
    help: 'Messages in the back office’s dead-letter queues',
  },
  changesAge: {
    name: 'swipegate_changes_age_seconds',
    help: 'Age of the oldest change that was received and is not stored yet',
  },
  storedAge: {
    name: 'swipegate_stored_changes_age_seconds',
    help: 'Age of the oldest stored change that was received and is not applied yet',
  },
  tableCalls: { name: 'swipegate_emulator_calls_total', help: 'Calls of the emulator, by operation' },
  tableErrors: { name: 'swipegate_emulator_errors_total', help: 'Calls that the emulator answered with 5xx' },
  tableSeconds: { name: 'swipegate_emulator_call_seconds', help: 'Duration of a call of the emulator' },
} as const;
