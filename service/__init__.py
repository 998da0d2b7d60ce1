"""The running system around the language core: API, runner, storage, adapters."""
