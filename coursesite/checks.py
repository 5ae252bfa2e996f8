def refuse_to_start_on_errors() -> None:
    pass
