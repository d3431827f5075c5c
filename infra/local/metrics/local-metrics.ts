/** What the local stand-ins of AWS's services tell in Prometheus text, each at /metrics of its process. */
export const LOCAL_METRICS = {
  invocations: { name: 'swipegate_function_invocations_total', help: 'Invocations of the decision function' },
  errors: { name: 'swipegate_function_errors_total', help: 'Of them failed, in whole or in part' },
  duration: { name: 'swipegate_function_seconds', help: 'How long an invocation took' },
  iteratorAge: {
    name: 'swipegate_function_iterator_age_seconds',
    help: 'Age of the oldest record that was read from the stream and is not done',
  },
  deadLetters: { name: 'swipegate_dead_letters', help: 'Batches at the on-failure destination' },
  parked: {
    name: 'swipegate_parked_records_total',
    help: 'Rows that came into the table of records that cannot be decided',
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
    help: 'Age of the oldest change that was received and is not stored',
  },
  storedAge: {
    name: 'swipegate_stored_changes_age_seconds',
    help: 'Age of the oldest notice of a stored change that was received and is not applied',
  },
  tableCalls: { name: 'swipegate_emulator_calls_total', help: 'Calls of the emulator, by operation' },
  tableErrors: { name: 'swipegate_emulator_errors_total', help: 'Of them answered with 5xx' },
  tableSeconds: { name: 'swipegate_emulator_call_seconds', help: 'How long a call took' },
} as const;
