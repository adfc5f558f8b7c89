import SwiftSyntax

// The rules by which something is changed. Each says what people do wrong.

extension Finder {
  // MARK: Conditions

  /// A condition of `guard`, `if` or `while`.
  func changeCondition(_ node: ConditionElementSyntax) {
    guard case .expression(let condition) = node.condition else { return }
    let statement = node.parent?.parent
    if statement?.is(GuardStmtSyntax.self) ?? false {
      change(condition, .droppedCheck, to: "true")
    } else if statement?.is(IfExprSyntax.self) ?? false {
      change(condition, .droppedCheck, to: "true")
      change(condition, .forcedCheck, to: "false")
    } else if statement?.is(WhileStmtSyntax.self) ?? false {
      change(condition, .forcedCheck, to: "false")
    }
  }

  func changeBounds(_ sequence: ExprSyntax) {
    guard let range = sequence.as(InfixOperatorExprSyntax.self),
      range.operator.trimmedDescription == "..<"
    else { return }
    change(
      range.rightOperand, .offByOne, to: "(\(range.rightOperand.trimmedDescription)) &- 1")
    // A literal at the start is changed as any number is.
    if !range.leftOperand.is(IntegerLiteralExprSyntax.self) {
      change(
        range.leftOperand, .offByOne, to: "(\(range.leftOperand.trimmedDescription)) &+ 1")
    }
  }

  // MARK: Operators

  func changeOperator(_ node: InfixOperatorExprSyntax) {
    guard let sign = node.operator.as(BinaryOperatorExprSyntax.self)?.operator else { return }
    let changes: [(Kind, String)] =
      switch sign.text {
      case "==": [(.negatedComparison, "!=")]
      case "!=": [(.negatedComparison, "==")]
      case "<": [(.negatedComparison, ">="), (.offByOne, "<=")]
      case ">=": [(.negatedComparison, "<"), (.offByOne, ">")]
      case ">": [(.negatedComparison, "<="), (.offByOne, ">=")]
      case "<=": [(.negatedComparison, ">"), (.offByOne, "<")]
      case "..<": [(.offByOne, "...")]
      case "&+": [(.arithmetic, "&-")]
      case "&-": [(.arithmetic, "&+")]
      case "+": [(.arithmetic, "-")]
      case "-": [(.arithmetic, "+")]
      case "+=": [(.arithmetic, "-=")]
      case "-=": [(.arithmetic, "+=")]
      case "&+=": [(.arithmetic, "&-=")]
      case "&-=": [(.arithmetic, "&+=")]
      case "&&": [(.connective, "||")]
      case "||": [(.connective, "&&")]
      case "|": [(.wrongBit, "&")]
      case "&": [(.wrongBit, "|")]
      case "<<": [(.wrongBit, ">>")]
      case ">>": [(.wrongBit, "<<")]
      case "|=": [(.wrongBit, "&=")]
      case "&=": [(.wrongBit, "|=")]
      default: []
      }
    for (kind, changed) in changes { change(sign, kind, to: changed) }
    if sign.text == "&&" || sign.text == "||" {
      change(node, .droppedCheck, to: node.leftOperand.trimmedDescription)
      change(node, .droppedCheck, to: node.rightOperand.trimmedDescription)
    }
  }

  func changePrefix(_ node: PrefixOperatorExprSyntax) {
    let operand = node.expression.trimmedDescription
    switch node.operator.text {
    case "!": change(node, .negatedComparison, to: operand)
    case "~": change(node, .wrongBit, to: operand)
    default: break
    }
  }

  // MARK: Numbers

  func changeNumber(_ node: IntegerLiteralExprSyntax) {
    let text = node.literal.text
    let digits = text.filter { $0 != "_" }
    let isHexadecimal = digits.hasPrefix("0x")
    let isBinary = digits.hasPrefix("0b")
    let radix = isHexadecimal ? 16 : isBinary ? 2 : 10
    guard let value = UInt64(radix == 10 ? digits : String(digits.dropFirst(2)), radix: radix)
    else { return }
    if isHexadecimal || isBinary {
      let prefix = isHexadecimal ? "0x" : "0b"
      let lowest = value & (0 &- value)
      let top: UInt64 = value == 0 ? 1 : 1 << UInt64(63 - value.leadingZeroBitCount)
      for changed in [value & ~lowest, value & ~top | (top << 1)] where changed != value {
        change(node, .wrongBit, to: prefix + String(changed, radix: radix))
      }
      return
    }
    let kind: Kind = isShift(node) ? .wrongBit : .offByOne
    if value > 0 { change(node, kind, to: String(value - 1)) }
    change(node, kind, to: String(value + 1))
  }

  /// Whether a number says how far something is shifted.
  private func isShift(_ node: IntegerLiteralExprSyntax) -> Bool {
    guard let parent = node.parent?.as(InfixOperatorExprSyntax.self),
      parent.rightOperand.id == node.id
    else { return false }
    return ["<<", ">>"].contains(parent.operator.trimmedDescription)
  }

  // MARK: Statements

  func dropStatement(_ node: CodeBlockItemSyntax) {
    guard case .expr(let expression) = node.item else { return }
    if let call = expression.as(FunctionCallExprSyntax.self), !call.isContract {
      // An initialiser that calls no other one does not compile, and the compiler says so elsewhere.
      if call.calledExpression.trimmedDescription == "self.init" { return }
      change(node.item, kindOfDropped(call), to: "_ = ()")
    } else if let infix = expression.as(InfixOperatorExprSyntax.self) {
      let sign = infix.operator.trimmedDescription
      let compares = ["==", "!=", "<=", ">="].contains(sign)
      if sign.hasSuffix("="), !compares { change(node.item, .droppedStatement, to: "_ = ()") }
    }
  }

  private func kindOfDropped(_ call: FunctionCallExprSyntax) -> Kind {
    let called = call.calledExpression.trimmedDescription
    if called.hasSuffix("acquire") || called.hasSuffix("release") || called.hasPrefix("lock") {
      return .forgottenLock
    }
    guard called.hasSuffix(".append"),
      let effect = call.arguments.first?.expression.trimmedDescription
    else { return .droppedStatement }
    if effect.contains(".scrub") || effect.contains(".clean") { return .missingScrub }
    if effect.hasPrefix(".invalidate") { return .forgottenInvalidation }
    if effect.hasPrefix(".store") || effect.hasPrefix(".fill") { return .forgottenStore }
    return .forgottenEffect
  }

  // MARK: Arguments

  func changeArguments(_ call: FunctionCallExprSyntax) {
    let arguments = Array(call.arguments)
    for (first, second) in zip(arguments, arguments.dropFirst()) {
      swap(first.expression, second.expression)
    }
    for argument in arguments where argument.label?.text == "owner" {
      change(argument.expression, .swappedOwner, to: "0")
    }
    for argument in arguments where argument.label?.text == "vmid" {
      let isHost = argument.expression.trimmedDescription == "0"
      if !isHost { change(argument.expression, .swappedOwner, to: "0") }
    }
    changeVariables(call.arguments)
  }

  /// Two neighbours that might have the same type: the compiler says whether they do.
  private func swap(_ first: ExprSyntax, _ second: ExprSyntax) {
    func isValue(_ node: ExprSyntax) -> Bool {
      !node.is(InOutExprSyntax.self) && !node.is(BooleanLiteralExprSyntax.self)
        && !node.is(ClosureExprSyntax.self)
    }
    guard isValue(first), isValue(second),
      first.trimmedDescription != second.trimmedDescription
    else { return }
    let between = text[
      first.endPositionBeforeTrailingTrivia
        .utf8Offset..<second.positionAfterSkippingLeadingTrivia
        .utf8Offset]
    change(
      from: first.positionAfterSkippingLeadingTrivia, to: second.endPositionBeforeTrailingTrivia,
      .swappedArguments,
      second.trimmedDescription + String(decoding: between, as: UTF8.self)
        + first.trimmedDescription)
  }

  /// Arguments that are a parameter of the function become another one of its type.
  func changeVariables(_ arguments: LabeledExprListSyntax) {
    let parameters = scope?.parameters ?? []
    for argument in arguments {
      guard let name = argument.expression.as(DeclReferenceExprSyntax.self)?.baseName.text,
        let index = parameters.firstIndex(where: { $0.name == name })
      else { continue }
      let alike = parameters.filter { $0.type == parameters[index].type && $0.name != name }
      guard let other = alike.first(where: { $0.name > name }) ?? alike.first else { continue }
      let owners = ["VMID", "VCPUID", "PhysicalPage"]
      let kind: Kind =
        owners.contains(parameters[index].type) ? .swappedOwner : .wrongVariable
      change(argument.expression, kind, to: other.name)
    }
  }

  // MARK: Results

  func changeResult(_ value: ExprSyntax) {
    guard !value.is(BooleanLiteralExprSyntax.self), !value.is(IntegerLiteralExprSyntax.self) else {
      return
    }
    let text = value.trimmedDescription
    switch scope?.result {
    case "Bool": change(value, .changedResult, to: "!(\(text))")
    case "Int", "UInt64", "UInt32", "UInt16", "UInt8":
      change(value, .changedResult, to: "(\(text)) &+ 1")
    case .some(let type) where type.hasSuffix("?") && text != "nil":
      change(value, .changedResult, to: "nil")
    default: break
    }
  }
}
